"""The sandbox's e.net REST service over real HTTP, as the recorded traffic has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

import httpx
import pytest
from lxml import etree

from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.sandbox.syspro.posting.call import Call

PROLOG = '<?xml version="1.0" encoding="Windows-1252"?>'


@pytest.fixture
def sandbox() -> Iterator[SysproSandbox]:
    with SysproSandbox(scale=60, company_password="co") as running:
        yield running


class Enet:
    def __init__(self, sandbox: SysproSandbox) -> None:
        self.sandbox = sandbox
        self.http = httpx.Client(base_url=f"{sandbox.base_url}{sandbox.rest_path}")

    def get(self, path: str, **params: str) -> str:
        answer = self.http.get(path, params=params)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Server"] == "Microsoft-HTTPAPI/2.0"
        return answer.content.decode("cp1252")

    def logon(self, **others: str) -> str:
        given = {
            "Operator": self.sandbox.operator,
            "OperatorPassword": self.sandbox.password,
            "CompanyId": self.sandbox.company,
            "CompanyPassword": self.sandbox.company_password,
        }
        return self.get("/Logon", **(given | others))

    def query(self, user_id: str, xml_in: str, bo: str = "COMFND") -> Any:
        answer = self.get("/Query/Query", UserId=user_id, BusinessObject=bo, XmlIn=f"{PROLOG}\n{xml_in}")
        return etree.fromstring(answer.strip().encode("cp1252"))


@pytest.fixture
def enet(sandbox: SysproSandbox) -> Iterator[Enet]:
    client = Enet(sandbox)
    yield client
    client.http.close()


def _find(table: str, columns: list[str], where: list[tuple[str, ...]] = [], rows: int = 0, order: str = "") -> str:  # noqa: B006
    wanted = "".join(f"<Column>{column}</Column>" for column in columns)
    conditions = "".join(
        f"<Expression><OpenBracket>{opening}</OpenBracket><AndOr>{joined}</AndOr><Column>{column}</Column>"
        f"<Condition>{op}</Condition><Value>{escape(value)}</Value><CloseBracket>{closing}</CloseBracket></Expression>"
        for opening, joined, column, op, value, closing in where
    )
    return (
        f"<Query><TableName>{table}</TableName><ReturnRows>{rows or ''}</ReturnRows><Columns>{wanted}</Columns>"
        f"<Where>{conditions}</Where><OrderBy>{f'<Column>{order}</Column>' if order else ''}</OrderBy></Query>"
    )


def test_a_session_from_logon_to_logoff(enet: Enet) -> None:
    user_id = enet.logon()
    assert re.fullmatch(r"[0-9A-F]{32}00  ", user_id)
    assert enet.get("/GetVersion") == "8.0.0.6"
    profile = enet.get("/getlogonprofile", UserId=user_id)
    assert "<OperatorCode>MLCONN</OperatorCode>" in profile
    assert profile.startswith(PROLOG)
    assert profile.endswith(">\n ")
    assert enet.get("/LOGOFF", UserId=user_id) == "0"
    assert enet.get("/GetLogonProfile", UserId=user_id).startswith("ERROR")


def test_bad_sign_ins(enet: Enet) -> None:
    assert enet.logon(OperatorPassword="wrong") == "ERROR: Invalid operator password"
    for wrong in ({"Operator": "NOBODY"}, {"CompanyId": "XX"}, {"CompanyPassword": "no"}):
        assert enet.logon(**wrong).startswith("ERROR")
    assert enet.get("/Logon", Operator="MLCONN", OperatorPassword="operator-secret", CompanyId="MLC").startswith(
        "ERROR"
    )


def test_stale_and_unpadded_ids(enet: Enet) -> None:
    user_id = enet.logon()
    recorded = "ERROR: Unable to read the SYSPRO base directory registry string BaseDir8"
    assert enet.get("/Logoff", UserId=user_id.strip()) == recorded
    assert enet.get("/Logoff", UserId="0" * 34) == recorded
    assert enet.get("/Logoff", UserId=user_id) == "0"


def test_a_second_sign_in_ends_the_first(enet: Enet) -> None:
    first, second = enet.logon(), enet.logon()
    assert enet.get("/GetLogonProfile", UserId=first).startswith("ERROR")
    assert not enet.get("/GetLogonProfile", UserId=second).startswith("ERROR")
    admin = enet.logon(Operator="ADMIN", OperatorPassword="admin-secret")
    assert not enet.get("/GetLogonProfile", UserId=second).startswith("ERROR")
    assert enet.sandbox.admin.state()["signed_in"] == ["ADMIN", "MLCONN"]
    assert enet.get("/Logoff", UserId=admin) == "0"


def test_licences_and_idle_sessions(enet: Enet) -> None:
    admin = enet.sandbox.admin
    admin.settings(licences=1)
    enet.logon()
    first = enet.logon()
    assert len(first) == 36
    assert enet.logon(Operator="ADMIN", OperatorPassword="admin-secret").startswith("ERROR")
    admin.advance(seconds=21 * 60)
    assert not enet.logon(Operator="ADMIN", OperatorPassword="admin-secret").startswith("ERROR")
    assert enet.get("/GetLogonProfile", UserId=first).startswith("ERROR")
    admin.settings(licences=None, idle_ends_sessions=True)
    user_id = enet.logon()
    admin.advance(seconds=19 * 60)
    assert not enet.get("/GetLogonProfile", UserId=user_id).startswith("ERROR")
    admin.advance(seconds=21 * 60)
    assert enet.get("/GetLogonProfile", UserId=user_id).startswith("ERROR")


def test_comfnd_reads_any_table(enet: Enet) -> None:
    user_id = enet.logon()
    found = enet.query(user_id, _find("ApInvoice", ["Supplier", "Invoice", "OrigInvValue", "DueDate"], rows=5))
    assert found.tag == "ApInvoice"
    assert found.get("Language2") == "EN"
    assert [each.text for each in found.findall("HeaderDetails/Columns/Column")][:2] == ["Supplier", "Invoice"]
    assert found.findtext("RowsReturned") == "       5"
    rows = list(enet.sandbox.admin.rows("ApInvoice", top=5))
    assert [row.findtext("Invoice") for row in found.findall("Row")] == [row["Invoice"] for row in rows]
    assert [row.findtext("OrigInvValue") for row in found.findall("Row")] == [
        row["OrigInvValue"].rjust(15) for row in rows
    ]
    assert [row.findtext("DueDate") for row in found.findall("Row")] == [
        row["DueDate"][:10] if row["DueDate"] else "0000-00-00" for row in rows
    ]


def test_comfnd_gives_all_columns_but_the_timestamp(enet: Enet) -> None:
    found = enet.query(enet.logon(), _find("ApSupplier", [], rows=1))
    names = [each.tag for each in found.find("Row")]
    assert "SupplierName" in names
    assert "TimeStamp" not in names


@pytest.mark.parametrize(
    ("where", "filter_"),
    [
        ([("(", "And", "Supplier", "EQ", "0000002", ")")], "Supplier eq '0000002'"),
        ([("", "", "Supplier", "EQ", "      2", "")], "Supplier eq '0000002'"),
        ([("(", "", "Supplier", "GT", "0000003", ""), ("", "And", "MthInvBal1", "NE", "0", ")")],
         "Supplier gt '0000003' and MthInvBal1 ne 0"),
        ([("", "", "Currency", "EQ", "USD", ""), ("", "Or", "Currency", "EQ", "GBP", ""),
          ("", "And", "MthInvBal1", "GT", "0", "")],
         "Currency eq 'USD' or (Currency eq 'GBP' and MthInvBal1 gt 0)"),
        ([("((", "", "Currency", "EQ", "USD", ""), ("", "Or", "Currency", "EQ", "GBP", ")"),
          ("", "And", "MthInvBal1", "GT", "0", ")")],
         "(Currency eq 'USD' or Currency eq 'GBP') and MthInvBal1 gt 0"),
        ([("", "", "JournalDate", "GE", "2026-03-01", "")], "JournalDate ge 2026-03-01T00:00:00"),
        ([("", "", "DueDate", "EQ", "0000-00-00", "")], "DueDate eq null"),
        ([("", "", "DueDate", "NE", "2026-03-01", "")], "DueDate ne 2026-03-01T00:00:00 and DueDate ne null"),
        ([("", "", "Invoice", "EQ", "Ä'1 & 2/3*~", "")], "Invoice eq 'Ä''1 & 2/3*~'"),
        ([("", "", "OrigInvValue", "LT", "1,000.00", "")], "OrigInvValue lt 1000"),
    ],
)  # fmt: skip
def test_comfnd_conditions(enet: Enet, where: list[tuple[str, ...]], filter_: str) -> None:
    found = enet.query(enet.logon(), _find("ApInvoice", ["Supplier", "Invoice"], where))
    keys = [(row.findtext("Supplier"), row.findtext("Invoice")) for row in found.findall("Row")]
    assert keys == [(row["Supplier"], row["Invoice"]) for row in enet.sandbox.admin.rows("ApInvoice", filter_)] != []


def test_comfnd_like_and_order(enet: Enet) -> None:
    user_id = enet.logon()
    found = enet.query(
        user_id, _find("ApSupplier", ["SupplierName"], [("", "", "SupplierName", "LIKE", "M_ller%", "")])
    )
    assert {row.findtext("SupplierName")[:18] for row in found.findall("Row")} == {"Müller & Söhne Gmb"}
    found = enet.query(user_id, _find("ApSupplier", ["SupplierName"], order="SupplierName"))
    names = [row.findtext("SupplierName") for row in found.findall("Row")]
    assert names == sorted(names)
    assert len(names) > 5


@pytest.mark.parametrize(
    "query",
    [
        _find("NoTable", []),
        _find("ApInvoice", ["NoColumn"]),
        _find("ApInvoice", ["Supplier"], [("", "", "OrigInvValue", "GT", "many", "")]),
        _find("ApInvoice", ["Supplier"], [("(", "", "OrigInvValue", "GT", "1", "")]),
        _find("ApInvoice", ["Supplier"], [("", "", "OrigInvValue", "ABOUT", "1", "")]),
    ],
)
def test_comfnd_errors_are_triples_under_lower_case_names(enet: Enet, query: str) -> None:
    found = enet.query(enet.logon(), query)
    description = found.find(".//ErrorDescription")
    assert description is not None
    assert description.text
    assert description.getparent().tag == description.getparent().tag.lower()
    assert description.getparent().find("ErrorNumber") is not None


def test_comfch_fetches_one_row_with_all_columns(enet: Enet) -> None:
    user_id = enet.logon()
    key = next(iter(enet.sandbox.admin.rows("ApInvoice", top=1)))
    document = (
        f"<Fetch><TableName>ApInvoice</TableName><Key>{key['Supplier']}</Key>"
        f"<OptionalKey1>{escape(key['Invoice'])}</OptionalKey1><FullKeyProvided>Y</FullKeyProvided></Fetch>"
    )
    row = etree.fromstring(enet.get("/Query/Fetch", UserId=user_id, XmlIn=document).strip().encode("cp1252"))
    assert row.tag == "ApInvoice"
    assert row.findtext("Invoice") == key["Invoice"]
    assert row.findtext("ManualChqDate") == "0000-00-00"
    assert row.find("TimeStamp") is None
    missing = enet.get(
        "/Query/Fetch", UserId=user_id, XmlIn="<Fetch><TableName>InvMaster</TableName><Key>1</Key></Fetch>"
    )
    assert "<ErrorNumber>240004</ErrorNumber>" in missing


def test_browse_gives_other_than_the_rows_asked_for(enet: Enet) -> None:
    document = "<Browse><BrowseName>StockCodes</BrowseName><ReturnRows>30</ReturnRows></Browse>"
    answer = enet.get("/Query/Browse", UserId=enet.logon(), XmlIn=document)
    found = etree.fromstring(answer.strip().encode("cp1252"))
    assert len(found.findall("Row")) == 40
    assert found.findtext("NextPrevKey/NextKey") == found.findall("Row")[-1].findtext("StockCode/Value")


def test_apsqry_shows_invoices_and_payments(enet: Enet) -> None:
    document = (
        "<Query><Key><Supplier>0000001</Supplier></Key><Option><IncludeInvoices>Y</IncludeInvoices>"
        "<IncludeInvoicePayments>Y</IncludeInvoicePayments></Option></Query>"
    )
    found = enet.query(enet.logon(), document, "APSQRY")
    invoices = list(enet.sandbox.admin.rows("ApInvoice", "Supplier eq '0000001'"))
    shown = found.findall("Supplier/Invoices/InvoiceDetail")
    assert [each.findtext("MthInvBal").strip() for each in shown] == [row["MthInvBal1"] for row in invoices]
    payments = list(enet.sandbox.admin.rows("ApInvoicePay", "Supplier eq '0000001'"))
    assert len(found.findall(".//PaymentDetail")) == len(payments) > 0


def test_gl_enquiries(enet: Enet) -> None:
    user_id = enet.logon()
    option = "<Option><IncludeTransactions>Y</IncludeTransactions></Option>"
    document = f"<Query><Key><LedgerCode>00-2100</LedgerCode></Key>{option}</Query>"
    found = enet.query(user_id, document, "GENQRY")
    assert found.findall("Transactions/Transaction")
    checked = enet.query(user_id, "<Query><key><LedgerCode>00-2100</LedgerCode></key></Query>", "GENQGL")
    assert checked.findtext("ControlAccFlag") == "Y"
    for bo, key in (("GENQGL", "key"), ("GENQRY", "Key")):
        unknown = enet.query(user_id, f"<Query><{key}><LedgerCode>1</LedgerCode></{key}></Query>", bo)
        assert unknown.find(".//ErrorDescription") is not None


@pytest.mark.parametrize("path", ["/Transaction/Post", "/Setup/Add", "/Query/Query"])
def test_what_is_not_licensed(enet: Enet, path: str) -> None:
    answer = enet.get(path, UserId=enet.logon(), BusinessObject="SORTOI", XmlParameters="<A/>", XmlIn="<A/>")
    assert answer == "ERROR: e.net exception raised: 100000"


def test_objects_that_post_can_be_added(enet: Enet) -> None:
    def post(call: Call) -> tuple[str, int]:
        return f"{call.operator}: {call.parameters.tag}/{call.document.tag}", 0

    enet.sandbox.server.enet.objects["transaction/post", "SORTOI"] = post
    given = {"UserId": enet.logon(), "BusinessObject": "SORTOI", "XmlParameters": "<P/>", "XmlIn": "<D/>"}
    assert enet.get("/Transaction/Post", **given) == "MLCONN: P/D"


def test_only_get_and_only_short_requests(enet: Enet) -> None:
    assert enet.http.post("/Logon").status_code == 405
    enet.sandbox.admin.settings(allow_post=True)
    form = {"Operator": "MLCONN", "OperatorPassword": "operator-secret", "CompanyId": "MLC", "CompanyPassword": "co"}
    assert len(enet.http.post("/Logon", data=form).text) == 36
    user_id = enet.logon()
    too_long = "<Query>" + " " * 16384 + "</Query>"
    answer = enet.http.get("/Query/Query", params={"UserId": user_id, "BusinessObject": "COMFND", "XmlIn": too_long})
    assert answer.status_code == 400
    assert enet.http.get("/NoSuchThing").status_code == 404


def test_broken_xml_is_an_error_and_entities_are_off(enet: Enet) -> None:
    user_id = enet.logon()
    for document in ("<Query>", "", "no", '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><Query>&e;</Query>'):
        answer = enet.get("/Query/Query", UserId=user_id, BusinessObject="COMFND", XmlIn=document)
        assert "ERROR" in answer.upper()


def test_body_variants(enet: Enet) -> None:
    for variant, form in (("json_quoted", '"{}"'), ("string_wrapped", '<string xmlns="[^"]+">{}</string>')):
        enet.sandbox.admin.fault("body", value=variant)
        assert re.fullmatch(form.replace("{}", "[0-9A-F]{32}00  "), enet.logon())
        enet.sandbox.admin.clear_faults()
