"""A mapping as people declare it: target fields with their rules, cross-references, lists of valid targets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, PrivateAttr, field_validator

from airflow_provider_mlconnector.declared import Declared, Places
from airflow_provider_mlconnector.declared_faults import Location
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.mapping.cross_reference import CodeListDeclaration, CrossReferenceDeclaration
from airflow_provider_mlconnector.mapping.rule import FieldRule
from airflow_provider_mlconnector.mapping.text import TableName, Text


class MappingDeclaration(Declared):
    """The way from source fields to target fields.

    Attributes:
        mapping: its name, for people.
        each: `record` makes one target row of each record, `lines` one of each of its lines.
        no_lines: with `each: lines`: a record without lines is set aside, or kept as one row without line values.
        on_reject: a record that can't be mapped becomes an exception, or stops the run.
        fields: the target fields in their order, and their rules.
        cross_references: the tables that rules look codes up in.
        valid_targets: the codes that the receiving side knows.
    """

    mapping: Text = ""
    each: Literal["record", "lines"] = "record"
    no_lines: Literal["exception", "keep"] = "exception"
    on_reject: Literal["exception", "stop"] = "exception"
    fields: dict[Text, FieldRule] = Field(min_length=1)
    cross_references: dict[TableName, CrossReferenceDeclaration] = Field(default_factory=dict)
    valid_targets: dict[TableName, CodeListDeclaration] = Field(default_factory=dict)
    _places: Places = PrivateAttr(default_factory=Places)

    @field_validator("fields")
    @classmethod
    def _names_are_free(cls, fields: dict[str, FieldRule]) -> dict[str, FieldRule]:
        if taken := [name for name in fields if name.startswith("_") or not name]:
            raise ValueError(f"names that begin with _ belong to the batch itself: {', '.join(taken)}")
        return fields

    @property
    def places(self) -> Places:
        """Location its parts stand in the text that it was read from."""
        return self._places

    def placed(self, places: Places) -> Self:
        """The same mapping, with the places of its parts."""
        placed = self.model_copy()
        placed._places = places  # noqa: SLF001 - its own copy
        return placed

    def check_references(self) -> None:
        """Check that the tables and lists that rules name are there.

        Raises:
            ConfigurationError: naming file, line and field of each that is not.
        """
        named = [(where, "cross_references", table) for where, table in self._tables_named()]
        named += [(("fields", name), "valid_targets", rule.valid) for name, rule in self.fields.items() if rule.valid]
        problems = [
            self._places.say(where, f"'{name}' is not among the {section.replace('_', ' ')}")
            for where, section, name in named
            if name not in getattr(self, section)
        ]
        if problems:
            raise ConfigurationError("\n".join(problems))

    def _tables_named(self) -> Iterator[tuple[Location, str]]:
        for name, rule in self.fields.items():
            if rule.cost_center and rule.cost_center.table:
                yield ("fields", name, "cost_center"), rule.cost_center.table
            for number, step in enumerate(rule.steps):
                if step.lookup:
                    yield ("fields", name, "steps", number), step.lookup.table

    def fingerprint(self) -> str:
        """SHA-256 over what the mapping says, cross-references included, in hexadecimal.

        Equal for mappings that mean the same: the order of cross-reference rows, comments, short forms and whether
        rows stand in a file of their own make no difference. The order of fields does.
        """
        said = self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"mapping"})
        said["fields"] = list(said["fields"].items())
        said["cross_references"] = {
            name: [table.key, table.wildcard, sorted(sorted(row.items()) for row in table.rows)]
            for name, table in self.cross_references.items()
        }
        said["valid_targets"] = {name: sorted(set(listed.codes)) for name, listed in self.valid_targets.items()}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def rules_fingerprint(self) -> str:
        """The same without the rows of cross-references and the codes of valid targets: what the rules alone say."""
        tables = {name: table.model_copy(update={"rows": ()}) for name, table in self.cross_references.items()}
        lists = {name: codes.model_copy(update={"codes": ()}) for name, codes in self.valid_targets.items()}
        return self.model_copy(update={"cross_references": tables, "valid_targets": lists}).fingerprint()
