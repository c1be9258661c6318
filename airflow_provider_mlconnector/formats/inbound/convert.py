"""The texts of records, or of lines, in their declared types; what does not fit is a complaint."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.formats.inbound.complaints import Complaints
from airflow_provider_mlconnector.formats.inbound.template import InboundField
from airflow_provider_mlconnector.formats.inbound.texts import final_text
from airflow_provider_mlconnector.formats.inbound.typed import Forms, typed


def converted(
    fields: Mapping[str, InboundField],
    given: Mapping[str, pa.Array],
    forms: Forms,
    records: pa.Array,
    lines: pa.Array,
    complaints: Complaints,
) -> dict[str, pa.Array]:
    """All fields in their types.

    Args:
        fields: of records or of lines.
        given: cleaned texts by field.
        forms: how values are written.
        records: the record of each row.
        lines: the line of each row.
        complaints: takes what does not fit, and what is missing.
    """
    made = {}
    for name, field in fields.items():
        texts = final_text(fields, name, given, len(lines))
        values, misfits = typed(texts, field.type, forms)
        for misfit in misfits:
            complaints.add_rows(misfit.mask, records, lines, (f"{name} ", texts, f" {misfit.reason}"))
        if field.required and texts.null_count:
            said = " and ".join(field.first_of) if field.first_of else name
            verb = "are" if len(field.first_of) > 1 else "is"
            complaints.add_rows(pc.is_null(texts), records, lines, (f"{said} {verb} blank",))
        made[name] = values
    return made
