"""Values of elements that are counted or known of the file, not read from the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.formats.edi.dictionary import ElementRule
from airflow_provider_mlconnector.formats.edi.structure import Structure
from airflow_provider_mlconnector.formats.file_names import FileNaming
from airflow_provider_mlconnector.formats.numbers import is_number, number_texts, shortest, widest

Counted = Mapping[str, pa.Array]


@dataclass(frozen=True)
class Computed:
    """What `#name` stands for among some rows.

    Args:
        counted: numbers of each row, by name.
        naming: the file's date and number.
        mark: the decimal mark.
    """

    counted: Counted
    naming: FileNaming
    mark: str = "."
    _fixed: dict[str, str] = field(default_factory=dict)

    def texts(self, name: str, rule: ElementRule, at: str) -> pa.StringArray | str:
        """The value of each row, or the same for all.

        Raises:
            ConfigurationError: the data lack the field that is summed, or its place in the set has no such number.
        """
        if name in self.counted:
            return shortest(number_texts(self.counted[name], None), self.mark)
        if name not in ("date", "time", "number"):
            raise ConfigurationError(
                f"#{name} ({at}) can't be told: the data lack the field, or this place the number."
            )
        if name == "number":
            return str(self.naming.sequence)
        return f"{self.naming.date:%Y%m%d}" if name == "date" else f"{self.naming.date:%H%M}"[: rule.greatest]


def counted_of(rows: pa.RecordBatch, structure: Structure, summed: set[str]) -> dict[str, Counted]:
    """The numbers of each place of a set: `document`, `orders`, `lines`, `summary`.

    Args:
        rows: a chunk of whole documents.
        structure: where its documents and orders begin.
        summed: fields whose sums are asked for.
    """
    per_line = structure.line_in_document
    orders = structure.order_in_document
    line_hl = pc.add(pc.add(per_line, orders), 1)
    order_hl = pc.subtract(line_hl, 1)
    sums = {f"sum({name})": summed_by(rows, structure, name) for name in summed if name in rows.schema.names}
    levels = pc.add(pc.add(structure.lines, structure.orders), 1)
    one = pa.repeat(pa.scalar(1, pa.int64()), len(structure.lines))
    first_of_order = order_hl.filter(structure.begins_order)
    return {
        "document": {"lines": structure.lines, "hl": one, **sums},
        "orders": {"hl": first_of_order, "parent": pa.repeat(pa.scalar(1, pa.int64()), len(first_of_order))},
        "lines": {"line": per_line, "hl": line_hl, "parent": first_of_order.take(structure.order_of_row)},
        "summary": {"lines": structure.lines, "hl": levels, **sums},
    }


def summed_by(rows: pa.RecordBatch, structure: Structure, name: str) -> pa.Array:
    """The sum of a field over each document's rows, exactly."""
    column = rows.column(name)
    if not is_number(column.type):
        return pa.nulls(len(structure.lines), pa.decimal256(76, 0))
    table = pa.table({"document": structure.document_of_row, "amount": widest(column)})
    grouped = table.group_by("document", use_threads=False).aggregate([("amount", "sum")])
    return grouped["amount_sum"].combine_chunks()
