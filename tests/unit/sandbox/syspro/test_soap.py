"""e.net over SOAP: the same operations, for documents that no URL holds."""

from __future__ import annotations

from html import escape

import httpx
import pytest
from lxml import etree

from tests.unit.sandbox.syspro.conftest import Poster, bill, errors

PATH = "/SYSPROWCFService/Soap"


def _envelope(operation: str, namespace: str = "http://SYSPROWcfService", **arguments: str) -> str:
    inner = "".join(f"<{name}>{escape(value, quote=False)}</{name}>" for name, value in arguments.items())
    called = f'<{operation} xmlns="{namespace}">{inner}</{operation}>'
    return f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{called}</s:Body></s:Envelope>'


def _call(poster: Poster, operation: str, **arguments: str) -> httpx.Response:
    body = _envelope(operation, **arguments).encode()
    return httpx.post(f"{poster.sandbox.base_url}{PATH}", content=body, headers={"Content-Type": "text/xml"})


def _result(answer: httpx.Response) -> str:
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    (result,) = etree.fromstring(answer.content).findall(".//{http://SYSPROWcfService}*/{http://SYSPROWcfService}*")
    return result.text or ""


def test_a_long_document_is_posted(poster: Poster) -> None:
    poster.sandbox.admin.settings(soap_path=PATH)
    given = {"Operator": "MLCONN", "OperatorPassword": "operator-secret", "CompanyId": "MLC", "CompanyPassword": ""}
    signed_in = _result(_call(poster, "Logon", **given))
    assert len(signed_in) == 36
    poster.user_id = signed_in
    form = poster.form("APSTIN", [bill(f"S-{number}") for number in range(60)], {})
    assert len(form["XmlIn"]) > 20_000
    answer = etree.fromstring(_result(_call(poster, "TransactionPost", **form)).strip().encode("cp1252"))
    assert answer.findtext("StatusOfItems/ItemsProcessed") == "000060"
    assert errors(answer) == {}
    assert _result(_call(poster, "Logoff", UserId=signed_in)) == "0"
    assert _result(_call(poster, "GetLogonProfile", UserId=signed_in)).startswith("ERROR")


def test_faults_strike_there_too(poster: Poster) -> None:
    poster.sandbox.admin.settings(soap_path=PATH)
    poster.sandbox.admin.fault("lost_answer", count=1, where={"operation": "transaction/post", "bo": "APSTIN"})
    with pytest.raises(httpx.RemoteProtocolError):
        _call(poster, "TransactionPost", **poster.form("APSTIN", [bill()], {}))
    assert len(poster.find("ApInvoice", Supplier="0009001")) == 1


def test_what_is_no_call(poster: Poster) -> None:
    assert _call(poster, "GetVersion").status_code == 404
    poster.sandbox.admin.settings(soap_path=PATH)
    assert _result(_call(poster, "GetVersion")) == "8.0.0.6"
    for body in ("nonsense", _envelope("Unknown"), _envelope("GetVersion", "http://elsewhere"), "<a/>"):
        assert httpx.post(f"{poster.sandbox.base_url}{PATH}", content=body).status_code == 500
