"""The OData service's `$metadata` document."""

from __future__ import annotations

from collections.abc import Iterable

from airflow_provider_mlconnector.sandbox.syspro.columns import Column, TableSchema

_TYPES = {"text": "Edm.String", "date": "Edm.DateTimeOffset", "number": "Edm.Decimal", "stamp": "Edm.String"}
_NAMESPACE = "SYSPRO"


def metadata(tables: Iterable[TableSchema]) -> str:
    """The tables as an EDMX document."""
    known = sorted(tables, key=lambda table: table.name)
    types = "".join(_entity(table) for table in known)
    sets = "".join(f'<EntitySet Name="{each.name}" EntityType="{_NAMESPACE}.{each.name}"/>' for each in known)
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        f'<Schema Namespace="{_NAMESPACE}" xmlns="http://docs.oasis-open.org/odata/ns/edm">{types}'
        f'<EntityContainer Name="Container">{sets}</EntityContainer>'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )


def _entity(table: TableSchema) -> str:
    keys = "".join(f'<PropertyRef Name="{name}"/>' for name in table.key)
    columns = "".join(_property(column) for column in table.columns)
    return f'<EntityType Name="{table.name}"><Key>{keys}</Key>{columns}</EntityType>'


def _property(column: Column) -> str:
    size = f' MaxLength="{column.size}"' if column.kind == "text" else ""
    if column.kind == "number":
        size = f' Precision="{column.size}" Scale="{column.scale}"'
    nullable = "true" if column.kind == "date" else "false"
    return f'<Property Name="{column.name}" Type="{_TYPES[column.kind]}" Nullable="{nullable}"{size}/>'
