"""The sandbox's OData service over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox

IEEE = {"Accept": "application/json;IEEE754Compatible=true"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SysproSandbox]:
    with SysproSandbox(scale=2200) as running:
        yield running


@pytest.fixture
def odata(sandbox: SysproSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=f"{sandbox.odata_base_url}/{sandbox.company}/", auth=(sandbox.odata_user, sandbox.odata_password)
    ) as client:
        yield client
    sandbox.admin.clear_faults()


def _read(client: httpx.Client, table: str, headers: dict[str, str] | None = None, **options: Any) -> list[Any]:
    params = {f"${name}": str(value) for name, value in options.items()}
    answer = client.get(table, params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    rows: list[Any] = json.loads(answer.text, parse_float=Decimal)["value"]
    return rows


def test_headers_and_envelope(sandbox: SysproSandbox, odata: httpx.Client) -> None:
    answer = odata.get("AdmTax")
    assert answer.headers["OData-Version"] == "4.0"
    assert answer.headers["Date"] == "Tue, 31 Mar 2026 16:00:00 GMT"
    assert "content-encoding" not in answer.headers
    assert answer.json()["@odata.context"].endswith("/MLC/$metadata#AdmTax")
    assert [row["TaxCode"] for row in answer.json()["value"]] == ["A", "B", "Z"]
    unlabelled = odata.get("AdmTax", headers={"Accept": "application/json;odata.metadata=none"})
    assert "@odata.context" not in unlabelled.json()


@pytest.mark.parametrize("auth", [None, ("odata", "wrong"), ("MLCONN", "operator-secret")])
def test_only_odata_users_come_in(sandbox: SysproSandbox, auth: tuple[str, str] | None) -> None:
    answer = httpx.get(f"{sandbox.odata_base_url}/MLC/AdmTax", auth=auth)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("NoSuchTable", 404),
        ("apinvoice", 404),
        ("../OTHER/ApInvoice", 404),
        ("ApInvoice?$select=NoSuch", 400),
        ("ApInvoice?$select=supplier", 400),
        ("ApInvoice?$filter=NoSuch eq 1", 400),
        ("ApInvoice?$filter=Supplier eq 1", 400),
        ("ApInvoice?$filter=Supplier eq '1", 400),
        ("ApInvoice?$filter=JournalDate ge datetime'2026-01-01T00:00:00'", 400),
        ("ApInvoice?$filter=(Supplier eq '1'", 400),
        ("ApInvoice?$orderby=Supplier up", 400),
        ("ApInvoice?$top=-1", 400),
        ("ApInvoice?$expand=Lines", 400),
    ],
)
def test_what_is_wrong_is_refused(odata: httpx.Client, path: str, status: int) -> None:
    assert odata.get(path).status_code == status


def test_it_is_read_only(odata: httpx.Client) -> None:
    assert odata.post("ApInvoice", json={}).status_code == 405
    assert odata.delete("ApInvoice").status_code == 405


def test_metadata_names_every_table_and_key(odata: httpx.Client) -> None:
    text = odata.get("$metadata").text
    assert '<EntitySet Name="ApInvoice"' in text
    assert '<PropertyRef Name="Supplier"/><PropertyRef Name="Invoice"/>' in text
    assert '<Property Name="OrigInvValue" Type="Edm.Decimal" Nullable="false" Precision="14" Scale="2"/>' in text


def test_filters(sandbox: SysproSandbox, odata: httpx.Client) -> None:
    everything = list(sandbox.admin.rows("ApInvoice"))

    def keys(condition: str) -> list[str]:
        return [row["Invoice"] for row in _read(odata, "ApInvoice", filter=condition)]

    def expected(test: Any) -> list[str]:
        return [row["Invoice"] for row in everything if test(row)]

    march = expected(lambda row: row["JournalDate"] and row["JournalDate"] >= "2026-03-01")
    assert keys("JournalDate ge 2026-03-01T00:00:00") == march != []
    assert keys("JournalDate ge 2026-03-01T00:00:00.000Z") == march
    assert keys("JournalDate ge 2026-03-01") == march
    assert keys("DueDate eq null") == expected(lambda row: row["DueDate"] is None) != []
    assert keys("DueDate ne null and OrigInvValue lt 0") == expected(
        lambda row: row["DueDate"] and Decimal(row["OrigInvValue"]) < 0
    )
    assert keys("Invoice eq 'Ä''1 & 2/3*~'") == ["Ä'1 & 2/3*~"]
    assert keys("Supplier in ('0000002','O''NEIL~1')") == expected(lambda r: r["Supplier"] in ("0000002", "O'NEIL~1"))
    assert keys("not (Currency eq 'EUR' or Currency eq 'USD') and MthInvBal1 ne 0") == expected(
        lambda row: row["Currency"] not in ("EUR", "USD") and Decimal(row["MthInvBal1"]) != 0
    )
    assert keys("Supplier eq '0000002   '") == expected(lambda row: row["Supplier"] == "0000002")
    assert keys("Supplier eq '2'") == []


def test_select_order_skip_top_and_count(sandbox: SysproSandbox, odata: httpx.Client) -> None:
    rows = _read(odata, "ApInvoice", select="Invoice,OrigInvValue", orderby="OrigInvValue desc,Invoice", top=3, skip=1)
    values = sorted((Decimal(row["OrigInvValue"]) for row in sandbox.admin.rows("ApInvoice")), reverse=True)
    assert [row["OrigInvValue"] for row in rows] == values[1:4]
    assert list(rows[0]) == ["Invoice", "OrigInvValue"]
    answer = odata.get("ApInvoice", params={"$count": "true", "$top": "1", "$filter": "Currency eq 'ZAR'"}).json()
    assert answer["@odata.count"] == sum(1 for row in sandbox.admin.rows("ApInvoice") if row["Currency"] == "ZAR")


def test_a_page_is_capped_in_silence(sandbox: SysproSandbox, odata: httpx.Client) -> None:
    total = sandbox.admin.counts()["GenTransaction"]
    assert total > 5000
    assert len(_read(odata, "GenTransaction", select="GlCode")) == 5000
    assert len(_read(odata, "GenTransaction", select="GlCode", top=9000)) == 5000
    assert "@odata.nextLink" not in odata.get("GenTransaction?$select=GlCode").json()
    sandbox.admin.fault("lower_cap", value=100)
    assert len(_read(odata, "GenTransaction", select="GlCode", top=5000)) == 100


def test_next_links_lead_through_the_whole_table(sandbox: SysproSandbox, odata: httpx.Client) -> None:
    sandbox.admin.fault("next_link")
    sandbox.admin.fault("lower_cap", value=500)
    orders = ("$orderby=Supplier,Invoice", "$orderby=Journal desc", "$orderby=Journal&$skip=700")
    for options in (*orders, "$skip=700", "$top=1300", "$filter=Currency eq 'EUR'"):
        seen, url = [], f"ApInvoice?$select=Supplier,Invoice&{options}"
        while url:
            answer = odata.get(url).json()
            seen += answer["value"]
            url = answer.get("@odata.nextLink", "")
        condition = "Currency eq 'EUR'" if "filter" in options else ""
        everything = list(sandbox.admin.rows("ApInvoice", select="Supplier,Invoice", filter=condition))
        wanted = everything[:1300] if "top" in options else everything
        assert len(seen) == len(set(map(str, seen))) == len(wanted) - (700 if "skip" in options else 0)
        assert set(map(str, seen)) <= set(map(str, wanted))


def test_paging_by_composite_key(sandbox: SysproSandbox, odata: httpx.Client) -> None:
    seen: list[Any] = []
    supplier = invoice = ""
    while True:
        last = f"(Supplier gt '{supplier}' or (Supplier eq '{supplier}' and Invoice gt '{invoice}'))"
        page = _read(odata, "ApInvoice", select="Supplier,Invoice", filter=last, top=700, orderby="Supplier,Invoice")
        if not page:
            break
        seen += page
        supplier, invoice = (page[-1][name].replace("'", "''") for name in ("Supplier", "Invoice"))
    assert seen == list(sandbox.admin.rows("ApInvoice", select="Supplier,Invoice"))


def test_numbers_are_exact_tokens_or_strings(sandbox: SysproSandbox, odata: httpx.Client) -> None:
    wanted = "Invoice eq 'HUGE'"
    assert '"OrigInvValue":9999999999.99' in odata.get(f"ApInvoice?$filter={wanted}").text
    answer = odata.get(f"ApInvoice?$filter={wanted}", headers=IEEE)
    assert '"OrigInvValue":"9999999999.99"' in answer.text
    assert '"ExchangeRate":"1.000000"' in answer.text
    assert "IEEE754Compatible=true" in answer.headers["Content-Type"]
    sandbox.admin.fault("ieee754_ignored")
    assert '"OrigInvValue":9999999999.99' in odata.get(f"ApInvoice?$filter={wanted}", headers=IEEE).text


def test_dates_are_naive_unless_told_otherwise(sandbox: SysproSandbox, odata: httpx.Client) -> None:
    row = _read(odata, "ApInvoice", top=1)[0]
    assert len(row["InvoiceDate"]) == len("2026-03-15T00:00:00")
    sandbox.admin.fault("zulu")
    assert _read(odata, "ApInvoice", top=1)[0]["InvoiceDate"] == row["InvoiceDate"] + "Z"


def test_keys_can_be_padded_with_blanks(sandbox: SysproSandbox, odata: httpx.Client) -> None:
    sandbox.admin.fault("key_padding", value="space")
    row = _read(odata, "PorMasterHdr", top=1)[0]
    assert row["PurchaseOrder"] == "1".rjust(15)
    assert _read(odata, "PorMasterHdr", filter=f"PurchaseOrder eq '{row['PurchaseOrder']}'") == [row]
    following = _read(odata, "PorMasterHdr", filter=f"PurchaseOrder gt '{row['PurchaseOrder']}'", top=1)
    assert following[0]["PurchaseOrder"] == "2".rjust(15)
    sandbox.admin.clear_faults()
    sandbox.admin.fault("key_padding", value="trailing")
    supplier = _read(odata, "ApSupplier", top=1)[0]["Supplier"]
    assert supplier == "0000001        "
    assert _read(odata, "ApSupplier", filter=f"Supplier eq '{supplier}'")[0]["Supplier"] == supplier


def test_the_session_can_be_the_sign_in() -> None:
    with SysproSandbox(scale=10, odata_auth="session") as sandbox:
        url = f"{sandbox.odata_base_url}/MLC/AdmTax"
        assert httpx.get(url, auth=(sandbox.odata_user, sandbox.odata_password)).status_code == 401
        logon = {"Operator": sandbox.operator, "OperatorPassword": sandbox.password, "CompanyId": "MLC"}
        user_id = httpx.get(f"{sandbox.base_url}{sandbox.rest_path}/Logon", params=logon | {"CompanyPassword": ""}).text
        assert httpx.get(url, params={"UserId": user_id}).status_code == 200
        assert httpx.get(url, headers={"UserId": user_id.strip()}).status_code == 200
        assert httpx.get(url, headers={"UserId": "nobody"}).status_code == 401


def test_rowversions_can_be_hidden_and_rise_with_changes(sandbox: SysproSandbox, odata: httpx.Client) -> None:
    before = max(row["TimeStamp"] for row in _read(odata, "ArCustomer"))
    key = sandbox.admin.event("customer_changed")[0]["key"][0]
    changed = _read(odata, "ArCustomer", filter=f"TimeStamp gt '{before}'")
    assert [row["Customer"] for row in changed] == [key]
    sandbox.admin.settings(timestamps=False)
    assert "TimeStamp" not in _read(odata, "ArCustomer", top=1)[0]
    assert odata.get("ArCustomer?$select=TimeStamp").status_code == 400
    sandbox.admin.settings(timestamps=True)
