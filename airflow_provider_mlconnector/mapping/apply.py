"""A mapping applied to batches: columns in, columns out, and the records that could not go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.errors import ConfigurationError, RejectedError
from airflow_provider_mlconnector.mapping.cross_reference import CodeList, CrossReference
from airflow_provider_mlconnector.mapping.declaration import MappingDeclaration
from airflow_provider_mlconnector.mapping.evaluate import Evaluation, Finding
from airflow_provider_mlconnector.mapping.faults import Fault, Unfit
from airflow_provider_mlconnector.mapping.lines import COLUMN, with_lines
from airflow_provider_mlconnector.mapping.rejected import Causes, RejectedRecord, rejected_records
from airflow_provider_mlconnector.mapping.scope import Scope
from airflow_provider_mlconnector.mapping.values import Values, one_array

_BATCH = (pa.field("_key", pa.string()), pa.field("_key_hash", pa.binary(16)))
_SHOWN = 10


@dataclass(frozen=True)
class MappedChunk:
    """What a mapping made of a batch's rows.

    Attributes:
        rows: `_key`, `_key_hash` and the target columns in their declared order.
        rejected: the records that could not be mapped; none of their rows is among `rows`.
    """

    rows: pa.Table
    rejected: list[RejectedRecord]


class Mapper:
    """A mapping, ready to be applied.

    Args:
        declaration: the mapping, from `load.load_mapping`.
        parameters: values that rules may name, such as the company. Not for secrets: reasons may show them.

    Raises:
        ConfigurationError: a rule names a table or a list that is not there, or a table holds a key twice.
    """

    def __init__(self, declaration: MappingDeclaration, parameters: Mapping[str, str] = MappingProxyType({})) -> None:
        declaration.check_references()
        self._declaration = declaration
        self._parameters = dict(parameters)
        self._tables = {name: CrossReference(name, table) for name, table in declaration.cross_references.items()}
        self._targets = {name: CodeList(codes) for name, codes in declaration.valid_targets.items()}
        self._causes = Causes(declaration, self._parameters, self._tables, self._targets)
        self._checked: dict[pa.Schema, pa.Schema] = {}

    def check(self, schema: pa.Schema) -> None:
        """Check that every rule can work on a stream, before rows flow.

        Args:
            schema: the stream's columns, with or without those of the batch.

        Raises:
            ConfigurationError: naming file, line and field of each rule that can't.
        """
        self.output_schema(schema)

    def output_schema(self, source_schema: pa.Schema) -> pa.Schema:
        """The columns that come out: `_key`, `_key_hash` and the targets.

        Args:
            source_schema: the stream's columns, with or without those of the batch.

        Raises:
            ConfigurationError: see `check`.
        """
        if source_schema not in self._checked:
            own = [field for field in source_schema if field.name not in {"_key", "_key_hash"}]
            rows, _, _ = self._columns(pa.schema([*_BATCH, *own]).empty_table())
            self._checked[source_schema] = rows.schema
        return self._checked[source_schema]

    def apply(self, table: pa.Table) -> MappedChunk:
        """Map a batch's rows; a record of which one row fails is rejected whole.

        Args:
            table: rows with `_key` and `_key_hash`; all rows of one record are in the same table.

        Raises:
            ConfigurationError: see `check`.
            RejectedError: a record can't be mapped, and the mapping says that the run stops for it.
        """
        rows, source, findings = self._columns(table)
        if not findings:
            return MappedChunk(rows, [])
        rejected = rejected_records(source, findings, self._causes)
        if self._declaration.on_reject == "stop" or any(finding.fault.stop for finding in findings):
            raise _stopped(rejected)
        hashes = pa.array([record.key_hash for record in rejected], rows.schema.field("_key_hash").type)
        return MappedChunk(rows.filter(pc.invert(pc.is_in(rows.column("_key_hash"), value_set=hashes))), rejected)

    def cause_is_gone(self, cause: str) -> bool:
        """Whether a rejected record's cause no longer stands: its code is known now, or the mapping has changed."""
        return self._causes.is_gone(cause)

    def _columns(self, table: pa.Table) -> tuple[pa.Table, pa.Table, list[Finding]]:
        """The target columns of all rows, the source's rows that they belong to, and what failed."""
        source, findings = self._rows(table)
        scope = Scope(source, self._parameters, self._tables, self._targets)
        columns: dict[str, Values] = {field.name: one_array(source.column(field.name)) for field in _BATCH}
        problems: list[str] = []
        for name, rule in self._declaration.fields.items():
            evaluation = Evaluation(name, rule, scope)
            try:
                columns[name] = evaluation.run()
            except Unfit as unfit:
                problems.append(self._declaration.places.say(evaluation.at, str(unfit)))
            findings += evaluation.findings
        if problems:
            raise ConfigurationError("\n".join(problems))
        return pa.table(columns), source, findings

    def _rows(self, table: pa.Table) -> tuple[pa.Table, list[Finding]]:
        if self._declaration.each == "record":
            return table, []
        try:
            rows, childless = with_lines(table)
        except Unfit as unfit:
            raise ConfigurationError(self._declaration.places.say(("each",), str(unfit))) from None
        fault = Fault(childless, (), "the record has none")
        reported = self._declaration.no_lines == "exception" and fault.any()
        return rows, [Finding(COLUMN, fault, by_tables=False)] if reported else []


def _stopped(rejected: list[RejectedRecord]) -> RejectedError:
    shown = "\n".join(f"{record.key}: {record.reason}" for record in rejected[:_SHOWN])
    more = f"\nand {len(rejected) - _SHOWN} more" if len(rejected) > _SHOWN else ""
    return RejectedError(
        f"{len(rejected)} records can't be mapped, and the mapping says that the run stops for them:\n{shown}{more}\n",
        "Complete the mapping or its cross-references, then clear the task that maps.",
    )
