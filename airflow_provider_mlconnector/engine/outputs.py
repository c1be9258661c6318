"""What map and format make of a batch: files and refused records, at rest beside it, handed on by reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from airflow_provider_mlconnector.staging.store import StagedFile, Staging

NAME = "output.json"


@dataclass(frozen=True)
class Refused:
    """A record that map or format could not carry on.

    Attributes:
        key_hash: the record's key, as hexadecimal text.
        key: as people see it.
        field: the field that is wrong.
        reason: what is wrong with it.
        cause: what has to change, in a form that a later poll rechecks; empty where it can't.
    """

    key_hash: str
    key: str
    field: str
    reason: str
    cause: str = ""


@dataclass(frozen=True)
class OutputFile:
    """One file for the partner.

    Attributes:
        name: its final name.
        staged_name: its name in the output's folder.
        group: the group it holds, where files are grouped.
        size: in bytes.
        sha256: of its bytes.
        fingerprint: of its bytes and its record keys together.
        rows: how many rows it holds.
        records: how many records.
        totals: control totals of what it holds, as text.
        keys_part: where several files are made: the Parquet part that lists this file's record keys.
        interchange: of an EDI file: partner, standard, set, control numbers, what is to be acknowledged, and
            `sets_part`, the Parquet part with control number and position of each set, and key of each record in it.
    """

    name: str
    staged_name: str
    group: str
    size: int
    sha256: str
    fingerprint: str
    rows: int
    records: int
    totals: Mapping[str, str]
    keys_part: Mapping[str, Any] | None = None
    interchange: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Documents:
    """Mapped rows that are posted record by record.

    Attributes:
        folder: where they lie.
        parts: Parquet parts, with `_key` and `_key_hash`; the rows of one record lie together, in one part.
    """

    folder: str
    parts: Sequence[StagedFile]


@dataclass(frozen=True)
class Output:
    """What the format step made of a batch.

    Attributes:
        made_from: the SHA-256 of the batch's manifest. Its id would not do: after a restore ids come again.
        folder: where it lies.
        files: what goes to the partner; empty where there is nothing to send.
        refused: records that go to the exceptions.
        records: how many records are in the files.
        totals: control totals of those records, of the source's amounts, as text.
        refused_totals: the same of the refused ones.
        fingerprints: of the mapping, the layout and the like, for the audit.
        documents: where its records are posted, instead of going out in files.
    """

    made_from: str
    folder: str
    files: Sequence[OutputFile]
    refused: Sequence[Refused]
    records: int
    totals: Mapping[str, str] = field(default_factory=dict)
    refused_totals: Mapping[str, str] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    documents: Documents | None = None

    def write(self, staging: Staging) -> str:
        """Put it into its folder; returns its SHA-256."""
        content = {
            "made_from": self.made_from,
            "folder": self.folder,
            "files": [vars(file) for file in self.files],
            "refused": [vars(record) for record in self.refused],
            "records": self.records,
            "totals": dict(self.totals),
            "refused_totals": dict(self.refused_totals),
            "fingerprints": dict(self.fingerprints),
            "documents": self.documents and asdict(self.documents),
        }
        return staging.write_json(self.folder, NAME, content)


def read(staging: Staging, folder: str, sha256: str) -> Output:
    """Read an output back.

    Raises:
        IntegrityError: it is missing or damaged.
    """
    content = staging.read_json(folder, NAME, sha256)
    files = [OutputFile(**file) for file in content.pop("files")]
    refused = [Refused(**record) for record in content.pop("refused")]
    laid_down = content.pop("documents", None)
    documents = None
    if laid_down:
        documents = Documents(laid_down["folder"], [StagedFile(**part) for part in laid_down["parts"]])
    return Output(files=files, refused=refused, documents=documents, **content)
