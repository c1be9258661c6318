"""The stream that a template's files are read as: its columns, key and versions."""

from __future__ import annotations

from airflow_provider_mlconnector.formats.inbound.template import VOIDED, Template
from airflow_provider_mlconnector.pipeline.received_source import FILE_NUMBER, LOOKBACK
from airflow_provider_mlconnector.streams.declaration import (
    Condition,
    CursorField,
    Detect,
    OnChange,
    Related,
    StreamDeclaration,
    Totals,
)

# Who approved and where the picture lies change from export to export, and are no other invoice.
_NO_VERSION = frozenset({"approved_by", "approved_at", "document_url", "modified_at"})
_POSTED = {"invoices": "APPROVED", "payments": "PAID"}


def stream_of(template: Template, zone: str = "") -> StreamDeclaration:
    """The declaration of the stream that files of this template hold.

    A document (invoice, payment) that changes after it was posted is an exception; of anything else the new version
    goes on. Neither a record's status nor the file that it came in makes a new version.

    Args:
        template: what the files look like.
        zone: IANA zone of its naive dates.
    """
    columns = {name: field.type for name, field in template.fields.items()}
    version = [name for name in columns if name not in _NO_VERSION]
    if template.statuses is not None:
        columns[VOIDED] = "boolean"
        version = [*(name for name in version if name != template.statuses.field), VOIDED]
    lines = None
    if template.line_fields:
        of_lines = {name: field.type for name, field in template.line_fields.items()}
        key = template.line_key or tuple(of_lines)
        lines = Related(table=f"{template.entity}_lines", key=key, columns=of_lines)
    return StreamDeclaration(
        stream=template.entity,
        table=template.entity,
        key=template.key,
        columns={**columns, FILE_NUMBER: "string"},
        detect=Detect.ROWVERSION,
        cursor=CursorField(column=FILE_NUMBER, precision="rowversion", lookback_versions=LOOKBACK),
        version_columns=tuple(version),
        document=template.document,
        on_change=OnChange.EXCEPTION if template.entity in _POSTED else OnChange.SEND,
        lines=lines,
        zone=zone,
        claim_when=_claimed(template),
        missed_when=_missed(template),
        totals=_totals(template),
    )


def _claimed(template: Template) -> tuple[Condition, ...]:
    """Of invoices, only what is approved is posted, of payments only what is paid (sheet 12.2 and 12.3)."""
    wanted = _POSTED.get(template.entity)
    if template.statuses is None or wanted is None:
        return ()
    return (Condition(column=template.statuses.field, values=(wanted,)),)


def _missed(template: Template) -> tuple[Condition, ...]:
    """An invoice that went past its approval between two polls, or while none ran, must not be lost."""
    if template.statuses is None or not template.statuses.past or not _claimed(template):
        return ()
    return (Condition(column=template.statuses.field, op="in", values=template.statuses.past),)


def _totals(template: Template) -> Totals | None:
    if template.sums is None:
        return None
    return Totals(amount=template.sums.total, currency="currency" if "currency" in template.fields else "")
