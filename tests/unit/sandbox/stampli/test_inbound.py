"""Files that are put into Stampli's inbound folders, and what comes of them."""

from __future__ import annotations

import csv
from pathlib import Path

from airflow_provider_mlconnector.sandbox.stampli import StampliSandbox
from tests.support.stampli_files import in_file

ACCOUNTS = "account_code,account_name,status\n7000,Leasing,ACTIVE\n7100,Büro & mehr,ACTIVE\n"


def put(stampli: StampliSandbox, folder: str, text: str, name: str = "file_1.csv") -> Path:
    path = stampli.root / "inbound" / folder / name
    path.write_text(text, encoding="utf-8")
    return path


def reported(stampli: StampliSandbox, name: str = "file_1") -> list[dict[str, str]]:
    path = stampli.root / "outbound" / "reports" / f"{name}.report.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_good_rows_become_records_and_the_file_is_taken_away(stampli: StampliSandbox) -> None:
    path = put(stampli, "gl_accounts", ACCOUNTS)
    (report,) = stampli.inbound.consume()
    assert (report.accepted, report.rejected) == (["7000", "7100"], {})
    assert [row["result"] for row in reported(stampli)] == ["ACCEPTED", "ACCEPTED"]
    assert not path.exists()
    assert (path.parent / "processed" / path.name).exists()
    assert {"7000", "7100"} <= {account.account_code for account in stampli.company.accounts()}
    assert stampli.inbound.consume() == []


def test_bad_rows_are_rejected_by_number_and_the_others_are_taken(stampli: StampliSandbox) -> None:
    put(
        stampli,
        "vendors",
        "vendor_id,vendor_name,currency,status\n0000101,One,EUR,ACTIVE\n0000102,,EUR,ACTIVE\n0000103,Three,Euro,ACTIVE\n"
        "0000101,One again,EUR,ACTIVE\n0000104,Four,EUR,GONE\n0000105,Five,EUR\n",
    )
    (report,) = stampli.inbound.consume()
    assert report.accepted == ["0000101"]
    assert {number: why.partition(": ")[2] for number, why in report.rejected.items()} == {
        3: "vendor_name is missing",
        4: "currency is 'Euro', and no ISO code of three letters",
        5: "the key stands twice in the file",
        6: "status is 'GONE', and must be one of ACTIVE, INACTIVE",
        7: "the row has another number of values than there are titles",
    }
    assert [row["row"] for row in reported(stampli) if row["result"] == "REJECTED"] == ["3", "4", "5", "6", "7"]


def test_cost_centers_come_as_dimensions(stampli: StampliSandbox) -> None:
    put(stampli, "dimensions", "dimension,code,name\ncost_center,50,Lager\n")
    put(stampli, "cost_centers", "code,name\n60,Halle\n10,Cologne\n")
    assert [report.accepted for report in stampli.inbound.consume()] == [["50"], ["60", "10"]]
    centers = {center.code: center.name for center in stampli.company.cost_centers()}
    assert (centers["50"], centers["60"], centers["10"]) == ("Lager", "Halle", "Cologne")


def test_a_file_without_a_needed_column_is_rejected_whole(stampli: StampliSandbox) -> None:
    put(stampli, "vendors", "vendor_id,name\n0000101,One\n")
    put(stampli, "vendors", "", "file_2.csv")
    (stampli.root / "inbound" / "vendors" / "file_3.csv").write_bytes(
        "vendor_id,vendor_name\n1,Müller".encode("cp1252")
    )
    whole = {report.name: report.rejected for report in stampli.inbound.consume()}
    assert whole["file_1.csv"] == {1: "columns are missing: vendor_name; there are vendor_id, name"}
    assert whole["file_2.csv"] == {1: "columns are missing: vendor_id, vendor_name; there are nothing"}
    assert whole["file_3.csv"] == {1: "the file is not UTF-8"}


def test_orders_and_payments_are_judged(stampli: StampliSandbox) -> None:
    put(
        stampli,
        "purchase_orders",
        "po_number,vendor_id,line_number,quantity\nP1,0000001,1,2\nP1,77,2,2\nP2,0000001,1,x\n",
    )
    put(
        stampli,
        "payments",
        "payment_id,vendor_id,payment_date,amount\nA,0000001,2026-03-31,1.50\nB,0000001,31/03/26,1\n",
    )
    orders, payments = stampli.inbound.consume()
    assert (orders.accepted, payments.accepted) == (["P1/1"], ["A"])
    assert orders.rejected == {
        3: "P1/2: vendor 77 is not known",
        4: "P2/1: quantity is 'x', and no number with a point",
    }
    assert payments.rejected == {3: "B: payment_date is '31/03/26', and no date such as 2026-03-31"}


def test_a_file_that_is_being_written_waits(stampli: StampliSandbox) -> None:
    path = put(stampli, "gl_accounts", ACCOUNTS, "file_1.csv.tmp")
    assert stampli.inbound.consume() == []
    path.rename(path.with_suffix(""))
    assert len(stampli.inbound.consume()) == 1


def test_only_what_an_import_changes_is_exported_back(stampli: StampliSandbox) -> None:
    stampli.outbox.export("vendors")
    name = stampli.company.vendors()[0].vendor_name
    put(
        stampli,
        "vendors",
        f"vendor_id,vendor_name,phone\n0000001,{name},+49 30 000000\n0000002,Renamed,+49 30 000001\n",
    )
    stampli.pass_time(5)
    _, path = sorted((stampli.root / "outbound" / "vendors").iterdir())
    rows, _ = in_file(path, "vendors")
    assert [(row["vendor_id"], row["vendor_name"]) for row in rows] == [("0000002", "Renamed")]
