"""The demo's parts of the flow from Stampli: its payments, and what it tells at the end."""

from __future__ import annotations

from pathlib import Path

import yaml

from airflow_provider_mlconnector.sandbox.demo.closing import books
from airflow_provider_mlconnector.sandbox.demo.stages import StampliStage
from airflow_provider_mlconnector.systems.syspro.posting.settings import placed, read

DAGS = Path(__file__).parents[3] / "dags"


def test_the_stage_describes_payments_as_the_mapping_has_them(tmp_path: Path) -> None:
    folder = StampliStage(tmp_path).dags(DAGS) / "stampli_to_syspro"
    payment = read({"payment": yaml.safe_load((folder / "payments.posting.yaml").read_text())}).payment
    assert payment is not None
    mapped = yaml.safe_load((folder / "payments.mapping.yaml").read_text())["fields"]
    assert (placed(payment.item) - {"OwnId"}) | set(payment.key) == set(mapped)
    assert not (DAGS / "stampli_to_syspro" / "payments.posting.yaml").exists(), "the example posts none by itself"


def test_the_books_are_told_by_kind_and_a_document_that_is_there_twice_is_counted() -> None:
    def posted(kind: str, value: str, invoice: str, currency: str = "EUR") -> dict[str, str]:
        return {"kind": kind, "value": value, "invoice": invoice, "supplier": "0000001", "currency": currency}

    _, *lines = books(
        [posted("I", "1000.50", "A"), posted("I", "1000.50", "A"), posted("I", "2", "B", "USD"), posted("C", "-5", "A")]
    )
    assert [line.split() for line in lines] == [
        ["credit", "notes", "1", "0", "-5.00", "EUR"],
        ["invoices", "2", "1", "2,001.00", "EUR"],
        ["invoices", "1", "0", "2.00", "USD"],
    ]
