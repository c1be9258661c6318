"""A mapping read from a file beside the DAG, or from a text such as an Airflow Variable's value."""

from __future__ import annotations

from pathlib import Path

from airflow_provider_mlconnector.declared import Places, load
from airflow_provider_mlconnector.mapping.declaration import MappingDeclaration
from airflow_provider_mlconnector.mapping.tables import HandedIn, Tables

MAX_TABLE_BYTES = 64 * 1024 * 1024


def load_mapping(
    source: Path | str,
    name: str = "",
    handed_in: HandedIn | None = None,
    max_table_bytes: int = MAX_TABLE_BYTES,
) -> MappingDeclaration:
    """Read a mapping, fill in the rows of its tables, and check it as far as it can be without a stream.

    Args:
        source: a file, beside which its CSV files lie; or the text itself, whose tables stand in it.
        name: how messages call a text that has no file.
        handed_in: rows of tables declared with `handed_in: true`, by the table's name.
        max_table_bytes: the largest CSV file that is read.

    Returns:
        The mapping, whole: it needs no file any more.

    Raises:
        ConfigurationError: naming file, line and field of what is wrong.
    """
    declared = load(source, MappingDeclaration, name)
    places = Places.of_source(source, name or "mapping")
    folder = None if isinstance(source, str) else source.parent
    tables = Tables(folder, handed_in or {}, places, max_table_bytes)
    references = {key: tables.cross_reference(key, table) for key, table in declared.cross_references.items()}
    lists = {key: tables.code_list(key, codes) for key, codes in declared.valid_targets.items()}
    whole = declared.model_copy(update={"cross_references": references, "valid_targets": lists}).placed(places)
    whole.check_references()
    return whole
