"""Records that could not be mapped: why, and what must change for them to go on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.mapping.cross_reference import CodeList, CrossReference
from airflow_provider_mlconnector.mapping.declaration import MappingDeclaration
from airflow_provider_mlconnector.mapping.evaluate import Finding
from airflow_provider_mlconnector.mapping.faults import LOOKUP, RULE, TARGET
from airflow_provider_mlconnector.mapping.values import Values, as_text, one_array

_REASONS_SHOWN = 5
_CHARACTERS_SHOWN = 80
_LONGEST_CODE = 200


@dataclass(frozen=True)
class RejectedRecord:
    """One record that could not be mapped.

    Attributes:
        key_hash: the record's key hash, 16 bytes.
        key: the record's key, as shown to people.
        field: the first target field that failed.
        reason: what is wrong, in all of its fields.
        cause: what must change for it to go on, such as `lookup:gl_accounts:10-9999#5f3a09c1`; see `Causes`.
    """

    key_hash: bytes
    key: str
    field: str
    reason: str
    cause: str


class Causes:
    """What must change for a record to go on, written so that it can be checked again at every poll.

    A cause is `kind:what:code#mark`; a code of several key columns is joined by `/`. The mark is of the mapping that
    gave it: when that has changed, the cause counts as gone and the record is judged anew, so that no record waits for
    something that no longer decides about it. An unknown code's mark is of the rules alone where no other table had a
    part in the code, so that a new row in a cross-reference only wakes the records that asked for that row.

    Args:
        declaration: the mapping.
        parameters: what the task hands in.
        tables: the cross-references, by name.
        targets: the lists of valid targets, by name.
    """

    def __init__(
        self,
        declaration: MappingDeclaration,
        parameters: Mapping[str, str],
        tables: Mapping[str, CrossReference],
        targets: Mapping[str, CodeList],
    ) -> None:
        self._tables = tables
        self._targets = targets
        self._rules = _mark(declaration.rules_fingerprint(), parameters)
        self._whole = _mark(declaration.fingerprint(), parameters)

    def of(self, finding: Finding, codes: Sequence[str]) -> str:
        """The cause of a finding in a row that held these codes."""
        fault = finding.fault
        code = "/".join(part.replace("%", "%25").replace("/", "%2F") for part in codes)
        if fault.kind == RULE or len(code) > _LONGEST_CODE:
            return f"{RULE}:{finding.field}#{self._whole}"
        return f"{fault.kind}:{fault.table}:{code}#{self._whole if finding.by_tables else self._rules}"

    def is_gone(self, cause: str) -> bool:
        """Whether a record that waits for this is worth another try."""
        told, _, mark = cause.rpartition("#")
        kind, _, rest = told.partition(":")
        table, _, code = rest.partition(":")
        if mark not in {self._rules, self._whole}:
            return True
        codes = [part.replace("%2F", "/").replace("%25", "%") for part in code.split("/")]
        if kind == LOOKUP:
            return self._tables[table].knows(codes)
        return kind == TARGET and self._targets[table].knows(codes[0])


def rejected_records(rows: pa.Table, findings: Iterable[Finding], causes: Causes) -> list[RejectedRecord]:
    """One rejected record per document, in the order of the rows; only the rows that failed are looked at.

    Args:
        rows: the batch's rows, with `_key` and `_key_hash`.
        findings: what failed, in the order of the target fields.
        causes: names the causes.
    """
    hashes, keys = one_array(rows.column("_key_hash")), one_array(rows.column("_key"))
    first: dict[bytes, tuple[int, RejectedRecord]] = {}
    reasons: dict[bytes, dict[str, None]] = {}
    for finding in findings:
        at = pc.indices_nonzero(finding.fault.mask)
        parts = [_texts(part, at) for part in finding.fault.parts]
        codes_of = list(zip(*parts, strict=True)) if parts else [()] * len(at)
        found = zip(at.to_pylist(), hashes.take(at).to_pylist(), keys.take(at).to_pylist(), codes_of, strict=True)
        for row, key_hash, key, codes in found:
            reasons.setdefault(key_hash, {})[_reason(finding, codes)] = None
            if key_hash not in first:
                record = RejectedRecord(key_hash, key, finding.field, "", causes.of(finding, codes))
                first[key_hash] = (row, record)
    in_order = sorted(first.values(), key=lambda found: found[0])
    return [_with_reasons(record, list(reasons[record.key_hash])) for _, record in in_order]


def _mark(fingerprint: str, parameters: Mapping[str, str]) -> str:
    told = "\n".join([fingerprint, *(f"{name}={parameters[name]}" for name in sorted(parameters))])
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def _texts(part: Values, at: Values) -> list[str]:
    return [(text or "").strip() for text in as_text(part.take(at)).to_pylist()]


def _reason(finding: Finding, codes: Sequence[str]) -> str:
    shown = "/".join(codes)
    shown = shown if len(shown) <= _CHARACTERS_SHOWN else f"{shown[:_CHARACTERS_SHOWN]}..."
    return f"{finding.field}: " + (f"'{shown}' {finding.fault.reason}" if codes else finding.fault.reason)


def _with_reasons(record: RejectedRecord, reasons: list[str]) -> RejectedRecord:
    more = len(reasons) - _REASONS_SHOWN
    shown = "; ".join(reasons[:_REASONS_SHOWN]) + (f"; and {more} more" if more > 0 else "")
    return RejectedRecord(record.key_hash, record.key, record.field, shown, record.cause)
