"""The records of a frozen batch as documents to be posted, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pyarrow as pa

from airflow_provider_mlconnector.engine.outputs import Documents
from airflow_provider_mlconnector.ledger.claims import HeldClaim
from airflow_provider_mlconnector.staging.store import Staging
from airflow_provider_mlconnector.streams.fingerprint import BOOKKEEPING, KEY_HASH, key_hash, key_text
from airflow_provider_mlconnector.streams.target import Document, Identity, Target


@dataclass(frozen=True)
class Record:
    """One record that is to be posted.

    Attributes:
        key_hash: of its key in its lane.
        key: the key as people see it.
        version: what its batch claims.
        identity_hash: of what it is known by at the target.
        document: what is posted.
    """

    key_hash: bytes
    key: str
    version: bytes
    identity_hash: bytes
    document: Document


def identity_hash(identity: Identity) -> bytes:
    """What the ledger compares of an identity."""
    return key_hash(key_text((identity.company, identity.kind, identity.key)))


def tables(staging: Staging, documents: Documents) -> Iterator[pa.Table]:
    """The mapped rows, part by part.

    Raises:
        IntegrityError: a part is missing or damaged.
    """
    for part in documents.parts:
        yield staging.read_part(documents.folder, part)


def keys_of(rows: pa.Table) -> list[bytes]:
    """The hashes of the records' keys, in their order, each once."""
    return list(dict.fromkeys(rows[KEY_HASH].to_pylist()))


def records_of(rows: pa.Table, held: Mapping[bytes, HeldClaim], target: Target) -> list[Record]:
    """The records of a part that a batch still has to post.

    Args:
        rows: mapped rows; those of one record lie together.
        held: what the batch claims of the keys that are wanted; others are left out.
        target: says what a record is known by.
    """
    listed = [one for one in rows.to_pylist() if one[KEY_HASH] in held]
    return [_record(key, list(some), held[key], target) for key, some in groupby(listed, lambda one: one[KEY_HASH])]


def plain(rows: pa.Table, target: Target) -> list[Document]:
    """The documents of a part, whether or not a batch still has to post them."""
    every = groupby(rows.to_pylist(), lambda one: one[KEY_HASH])
    return [_document(list(some), target) for _, some in every]


def _record(key: bytes, rows: Sequence[Mapping[str, Any]], claim: HeldClaim, target: Target) -> Record:
    document = _document(rows, target)
    return Record(key, claim.key, claim.version_hash, identity_hash(document.identity), document)


def _document(rows: Sequence[Mapping[str, Any]], target: Target) -> Document:
    fields = [{name: value for name, value in row.items() if name not in BOOKKEEPING} for row in rows]
    return Document(target.identity(fields), fields, target.shown(fields))


def rounds(records: Sequence[Record]) -> Iterator[list[Record]]:
    """The records so that no round has two of one identity: the second is judged by what became of the first."""
    left = list(records)
    while left:
        seen: set[bytes] = set()
        now: list[Record] = []
        later: list[Record] = []
        for record in left:
            (later if record.identity_hash in seen else now).append(record)
            seen.add(record.identity_hash)
        yield now
        left = later
