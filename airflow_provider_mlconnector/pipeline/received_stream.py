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
_DOCUMENTS = frozenset({"invoices", "payments"})


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
        on_change=OnChange.EXCEPTION if template.entity in _DOCUMENTS else OnChange.SEND,
        lines=lines,
        zone=zone,
        claim_when=_claimed(template),
        totals=_totals(template),
    )


def _claimed(template: Template) -> tuple[Condition, ...]:
    """Of invoices, only what is approved is posted (sheet 12.2); of payments, what is not void (12.3)."""
    if template.statuses is None or template.entity not in _DOCUMENTS:
        return ()
    if template.entity == "payments":
        return (Condition(column=VOIDED, values=("false",)),)
    return (Condition(column=template.statuses.field, values=("APPROVED",)),)


def _totals(template: Template) -> Totals | None:
    if template.sums is None:
        return None
    return Totals(amount=template.sums.total, currency="currency" if "currency" in template.fields else "")
