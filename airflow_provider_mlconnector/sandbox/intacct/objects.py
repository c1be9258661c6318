"""What this company has of the objects: fields that a user may ask for, and how `lookup` and `inspect` show them."""

from __future__ import annotations

from lxml import etree

from airflow_provider_mlconnector.sandbox.intacct.columns import Field, Schema
from airflow_provider_mlconnector.sandbox.intacct.errors import query_failed, unknown_object
from airflow_provider_mlconnector.sandbox.intacct.filters import text_of
from airflow_provider_mlconnector.sandbox.intacct.rendering import data, element
from airflow_provider_mlconnector.sandbox.intacct.schema import SCHEMAS
from airflow_provider_mlconnector.sandbox.intacct.settings import Settings
from airflow_provider_mlconnector.sandbox.intacct.shipping import DOCUMENT_TYPES


class Objects:
    """The objects of this company.

    Args:
        settings: which fields it lacks.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def schema(self, name: str) -> Schema:
        """An object's definition.

        Raises:
            FunctionError: there is no such object.
        """
        if name.upper() not in SCHEMAS:
            raise unknown_object(name)
        return SCHEMAS[name.upper()]

    def fields(self, schema: Schema) -> list[Field]:
        """The fields that this company has of an object."""
        return [each for each in schema.fields if f"{schema.name}.{each.id}" not in self._settings.missing_fields]

    def find(self, schema: Schema, name: str) -> Field | None:
        """A field, also one of a related object by its path; its id is the whole path."""
        upper = name.upper()
        for each in self.fields(schema):
            if each.id == upper:
                return each
        path, _, rest = upper.partition(".")
        if not rest or path not in schema.relations:
            return None
        found = self.find(SCHEMAS[schema.relations[path].object], rest)
        return None if found is None else Field(upper, found.kind, found.codes, found.custom)

    def field(self, schema: Schema, name: str) -> Field:
        """A field of a filter.

        Raises:
            FunctionError: the object has none of this name.
        """
        found = self.find(schema, name)
        if found is None:
            raise query_failed(f"Invalid fields list {name}")
        return found

    def document_type(self, function: etree._Element) -> str:
        """The `docparid` of a function; empty where it gives none.

        Raises:
            FunctionError: the company has no such document type.
        """
        name = text_of(function.find("docparid"))
        if name and name not in DOCUMENT_TYPES:
            raise query_failed(f"Document type {name} not found")
        return name

    def lookup(self, function: etree._Element) -> str:
        """The answer to `lookup`."""
        schema = self.schema(text_of(function.find("object")))
        document_type = self.document_type(function)
        fields = "".join(_described(each) for each in self.fields(schema))
        ways = "".join(
            f"<Relationship>{element('OBJECTPATH', path)}{element('OBJECTNAME', way.object)}{element('LABEL')}"
            f"{element('RELATIONSHIPTYPE', 'MANY2ONE')}{element('RELATEDBY', way.by)}</Relationship>"
            for path, way in schema.relations.items()
        )
        inner = f"<Fields>{fields}</Fields><Relationships>{ways}</Relationships>"
        named = f'<Type Name="{schema.name}" DocumentType="{document_type}">{inner}</Type>'
        return data({"listtype": "All", "count": 1}, named)

    def inspect(self, function: etree._Element) -> str:
        """The answer to `inspect`, the older form; `*` lists the objects."""
        name = text_of(function.find("object"))
        if name == "*":
            inner = "".join(f'<type typename="{each}">{each}</type>' for each in SCHEMAS)
            return data({"listtype": "All", "count": len(SCHEMAS)}, inner)
        schema = self.schema(name)
        detailed = function.get("detail") == "1"
        fields = "".join(_inspected(each) if detailed else element("Field", each.id) for each in self.fields(schema))
        return data({"listtype": "All", "count": 1}, f'<Type Name="{schema.name}"><Fields>{fields}</Fields></Type>')


def _label(name: str) -> str:
    return name.replace(".", " ").capitalize()


def _described(field: Field) -> str:
    pairs = {
        "ID": field.id,
        "LABEL": _label(field.id),
        "DESCRIPTION": "",
        "REQUIRED": "false",
        "READONLY": "true" if field.id in ("RECORDNO", "WHENMODIFIED") else "false",
        "DATATYPE": field.kind,
        "ISCUSTOM": "true" if field.custom else "false",
    }
    words = "".join(element("VALIDVALUE", word) for word in field.codes)
    return f"<Field>{_elements(pairs)}{f'<VALIDVALUES>{words}</VALIDVALUES>' if words else ''}</Field>"


def _inspected(field: Field) -> str:
    pairs = {
        "Name": field.id,
        "GroupName": "",
        "dataType": field.kind,
        "externalDataName": field.kind.lower(),
        "isRequired": "false",
        "isReadOnly": "false",
        "maxLength": "0",
        "DisplayLabel": _label(field.id),
    }
    return f"<Field>{_elements(pairs)}</Field>"


def _elements(pairs: dict[str, str]) -> str:
    return "".join(element(name, text) for name, text in pairs.items())
