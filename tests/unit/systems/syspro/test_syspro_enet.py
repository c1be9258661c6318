from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from airflow_provider_mlconnector.errors import (
    ConfigurationError,
    CredentialsError,
    InDoubtError,
    RejectedError,
    TransientError,
)
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.systems.syspro import xml
from airflow_provider_mlconnector.systems.syspro.config import SysproConfig
from airflow_provider_mlconnector.systems.syspro.enet import EnetClient
from airflow_provider_mlconnector.systems.syspro.session import DirectSession, SessionLostError, StoredSession
from airflow_provider_mlconnector.systems.syspro.transport import Transport
from tests.support.stub_server import Stub
from tests.unit.systems.syspro.conftest import Connect

Configure = Callable[..., SysproConfig]
TOKEN = "3EA613166FE4BF47925DF1CEA14E910100  "
SUPPLIERS = (
    "<Query><TableName>ApSupplier</TableName><ReturnRows>3</ReturnRows><Columns><Column>Supplier</Column>"
    "<Column>SupplierName</Column></Columns></Query>"
)


class Held:
    """A session that hands out the tokens that it was given, in turn."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)
        self.stale: list[str] = []

    def token(self) -> str:
        return self.tokens[0]

    def renew(self, stale: str) -> str:
        self.stale.append(stale)
        self.tokens = self.tokens[1:]
        return self.tokens[0]


def client(config: SysproConfig, *tokens: str) -> EnetClient:
    return EnetClient(config, Transport(config, lambda seconds: None), Held(*tokens or (TOKEN,)))


def asked(request: str) -> dict[str, str]:
    return {
        name: values[0] for name, values in parse_qs(urlsplit(request.split()[1]).query, keep_blank_values=True).items()
    }


def test_a_session_from_logon_to_logoff(sandbox: SysproSandbox, connect: Connect) -> None:
    connection = connect(sandbox)
    with connection.direct_session() as session:
        enet = connection.enet(session)
        assert enet.logon_profile()["OperatorCode"] == sandbox.operator
        assert enet.logon_profile()["CompanyName"] == "ML Connector Manufacturing & Söhne"
        assert len(list(xml.find_all(enet.query("COMFND", SUPPLIERS), "Row"))) == 3
        assert enet.version() == sandbox.settings.version
        assert sandbox.admin.state()["signed_in"] == [sandbox.operator]
    assert sandbox.admin.state()["signed_in"] == []
    assert [len(sandbox.admin.requests(operation=name)) for name in ("logon", "logoff")] == [1, 1]


@pytest.mark.parametrize("variant", ["plain", "json_quoted", "string_wrapped"])
def test_every_way_of_wrapping_a_body_is_understood(sandbox: SysproSandbox, connect: Connect, variant: str) -> None:
    sandbox.admin.fault("body", value=variant)
    connection = connect(sandbox)
    with connection.direct_session() as session:
        enet = connection.enet(session)
        assert enet.version() == sandbox.settings.version
        rows = list(xml.find_all(enet.query("COMFND", SUPPLIERS), "Row"))
        wanted = [row["SupplierName"] for row in sandbox.admin.rows("ApSupplier", top=3)]
        assert [xml.child_text(row, "SupplierName") for row in rows] == wanted


def test_the_four_logon_parameters_are_always_sent_and_the_optional_ones_by_setting(
    stub: Stub, config_for: Configure
) -> None:
    stub.says(200, TOKEN.encode())
    for extra, more in [
        ({}, set()),
        ({"send_optional_logon_params": True}, {"LanguageCode", "LogLevel", "EncoreInstance", "XmlIn"}),
    ]:
        assert client(config_for(stub.url, company_password="", **extra)).logon() == TOKEN
        assert set(asked(stub.requests[-1])) == {"Operator", "OperatorPassword", "CompanyId", "CompanyPassword"} | more
    assert asked(stub.requests[0])["CompanyPassword"] == ""


@pytest.mark.parametrize("strip", [False, True])
def test_the_token_goes_back_with_its_blanks_unless_told_otherwise(
    stub: Stub, config_for: Configure, strip: bool
) -> None:
    stub.says(200, b"<UserProfile><A>1</A></UserProfile>")
    assert client(config_for(stub.url, strip_guid_padding=strip)).logon_profile() == {"A": "1"}
    assert ("00%20%20" in stub.requests[0]) is not strip
    assert asked(stub.requests[0])["UserId"] == (TOKEN.strip() if strip else TOKEN)


@pytest.mark.parametrize("wrong", [{"password": "wrong-secret"}, {"company": "NONE"}, {"company_password": "wrong"}])
def test_a_refused_logon_is_about_credentials(sandbox: SysproSandbox, connect: Connect, wrong: dict[str, str]) -> None:
    with pytest.raises(CredentialsError) as caught:
        connect(sandbox, **wrong).enet().logon()
    assert "wrong" not in str(caught.value)
    assert len(sandbox.admin.requests(operation="logon")) == 1


def test_a_logon_page_that_is_no_token_is_not_taken_for_one(stub: Stub, config_for: Configure) -> None:
    for body in (b"", b"<html>" + b"x" * 300):
        stub.says(200, body)
        with pytest.raises(TransientError):
            client(config_for(stub.url)).logon()


def test_an_object_without_a_licence_says_so(sandbox: SysproSandbox, connect: Connect) -> None:
    sandbox.admin.settings(unlicensed=["COMFND"])
    connection = connect(sandbox)
    with connection.direct_session() as session, pytest.raises(ConfigurationError, match="licence"):
        connection.enet(session).query("COMFND", SUPPLIERS)


def test_a_refused_query_names_the_element(sandbox: SysproSandbox, connect: Connect) -> None:
    connection = connect(sandbox)
    with connection.direct_session() as session, pytest.raises(RejectedError, match="tablename 'Nothing'"):
        connection.enet(session).query("COMFND", SUPPLIERS.replace("ApSupplier", "Nothing"))
    assert len(sandbox.admin.requests(operation="query/query")) == 1


@pytest.mark.parametrize("fault", ["evict_session", "session_timeout"])
def test_a_lost_session_is_renewed_once_for_reads(sandbox: SysproSandbox, connect: Connect, fault: str) -> None:
    connection = connect(sandbox)
    with connection.direct_session() as session:
        enet = connection.enet(session)
        enet.query("COMFND", SUPPLIERS)
        sandbox.admin.fault(fault, count=1, where={"operation": "query/query"})
        assert len(list(xml.find_all(enet.query("COMFND", SUPPLIERS), "Row"))) == 3
        assert len(sandbox.admin.requests(operation="logon")) == 2


def test_a_session_that_is_lost_again_and_again_is_given_up(sandbox: SysproSandbox, connect: Connect) -> None:
    sandbox.admin.fault("evict_session", where={"operation": "query/query"})
    connection = connect(sandbox)
    with connection.direct_session() as session, pytest.raises(SessionLostError):
        connection.enet(session).query("COMFND", SUPPLIERS)
    assert len(sandbox.admin.requests(operation="logon")) == 2


@pytest.mark.parametrize("fault", ["status", "truncated", "html", "drop", "lost_answer", "wrong_length", "throttle"])
def test_reads_are_asked_again_when_the_answer_is_not_whole(
    sandbox: SysproSandbox, connect: Connect, fault: str
) -> None:
    connection = connect(sandbox, read_timeout=2)
    value = {"status": {"value": 500}, "wrong_length": {"value": 7}, "throttle": {"value": 1}}.get(fault, {})
    with connection.direct_session() as session:
        session.token()
        sandbox.admin.fault(fault, count=2, where={"operation": "query/query"}, **value)
        assert len(list(xml.find_all(connection.enet(session).query("COMFND", SUPPLIERS), "Row"))) == 3


# The recorded answer of the fact sheet, 1.4, shortened.
RECEIPT = b"""<?xml version="1.0" encoding="Windows-1252"?>
<postpurchaseorderreceipts Language='05' CssStyle='' DecFormat='1' DateFormat='01' OperatorPrimaryRole='   '>
<Item>
<Key>
<PurchaseOrder>Z01308</PurchaseOrder>
<Grn>P00013151</Grn>
</Key>
<ItemNumber>000001</ItemNumber>
</Item>
</postpurchaseorderreceipts>
 """
PARAMETERS = "<Post>\n  <Parameters> <ValidateOnly>N</ValidateOnly> </Parameters>\n</Post>"
DOCUMENT = "<Post>\n  <Item><Supplier>Müller &amp; Söhne €</Supplier></Item>\n</Post>"


def test_a_post_is_sent_in_ascii_and_its_answer_read(stub: Stub, config_for: Configure) -> None:
    stub.says(200, RECEIPT)
    answer = client(config_for(stub.url)).transaction_post("PORTOR", PARAMETERS, DOCUMENT)
    assert answer.errors == ()
    assert (answer.first("grn"), answer.first("Journal")) == ("P00013151", "")
    assert answer.raw == RECEIPT.decode()
    sent = asked(stub.requests[0])
    assert stub.requests[0].split()[1].partition("?")[0] == "/SYSPROWCFService/Rest/Transaction/Post"
    assert sent["XmlParameters"] == xml.PROLOG + "<Post><Parameters><ValidateOnly>N</ValidateOnly></Parameters></Post>"
    assert sent["XmlIn"].endswith("<Supplier>M&#252;ller &amp; S&#246;hne &#8364;</Supplier></Item></Post>")


def test_errors_of_a_post_lie_in_its_answer(stub: Stub, config_for: Configure) -> None:
    stub.says(200, b"<postapinvoice><Item><invoice><Value>4711</Value><ErrorNumber>9</ErrorNumber>"
                   b"<ErrorDescription>no</ErrorDescription></invoice></Item></postapinvoice>")  # fmt: skip
    answer = client(config_for(stub.url)).setup("Add", "APSSSP", PARAMETERS, DOCUMENT)
    assert answer.errors == (xml.EnetError("invoice", "9", "no", "4711"),)
    assert "/Setup/Add?" in stub.requests[0]
    with pytest.raises(ConfigurationError):
        client(config_for(stub.url)).setup("Drop", "APSSSP", PARAMETERS, DOCUMENT)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"ERROR: The user id is invalid", SessionLostError),
        (b"ERROR: e.net exception raised: 100000", ConfigurationError),
        (b"ERROR: no", RejectedError),
        (b"<html>gateway", InDoubtError),
        (b"", InDoubtError),
    ],
)
def test_a_post_is_never_sent_twice_and_never_with_a_new_session(
    stub: Stub, config_for: Configure, body: bytes, kind: type[Exception]
) -> None:
    stub.says(200, body)
    config = config_for(stub.url)
    held = Held(TOKEN, "other")
    with pytest.raises(kind):
        EnetClient(config, Transport(config, lambda seconds: None), held).transaction_post("APSTIN", "", DOCUMENT)
    assert len(stub.requests) == 1
    assert held.stale == []


def test_a_long_document_is_refused_with_its_size_and_can_be_split(stub: Stub, config_for: Configure) -> None:
    document = "<Post>" + "".join(f"<Item><Invoice>{number:06}</Invoice></Item>" for number in range(200)) + "</Post>"
    enet = client(config_for(stub.url, max_url_bytes=2000))
    with pytest.raises(ConfigurationError, match="max_url_bytes"):
        enet.transaction_post("APSTIN", PARAMETERS, document)
    assert stub.requests == []
    parts = enet.split("Transaction/Post", "APSTIN", PARAMETERS, document)
    stub.says(200, RECEIPT)
    for part in parts:
        enet.transaction_post("APSTIN", PARAMETERS, part)
    assert len(parts) > 1
    assert max(len(line) for line in stub.requests) <= 2000
    assert max(len(line) for line in stub.requests) > 1800
    sent = "".join(asked(line)["XmlIn"] for line in stub.requests)
    assert [f"<Invoice>{number:06}</Invoice>" in sent for number in range(200)] == [True] * 200


def test_the_limit_is_that_of_the_server(sandbox: SysproSandbox, connect: Connect) -> None:
    long = SUPPLIERS.replace("<ReturnRows>", f"<!--{'x' * 9000}--><ReturnRows>").replace("TableName>A", "TableName>  A")
    connection = connect(sandbox, max_url_bytes=100_000)
    with connection.direct_session() as session, pytest.raises(ConfigurationError):
        connection.enet(session).query("COMFND", long * 2)


def test_post_takes_what_a_url_does_not(sandbox: SysproSandbox, connect: Connect) -> None:
    sandbox.admin.settings(allow_post=True)
    connection = connect(sandbox, http_method="POST", max_url_bytes=1024)
    with connection.direct_session() as session:
        long = SUPPLIERS.replace("<ReturnRows>", f"<!--{'x' * 30_000}--><ReturnRows>")
        assert len(list(xml.find_all(connection.enet(session).query("COMFND", long), "Row"))) == 3


def test_fetch_and_browse(sandbox: SysproSandbox, connect: Connect) -> None:
    connection = connect(sandbox)
    supplier = next(sandbox.admin.rows("ApSupplier", top=1))
    with connection.direct_session() as session:
        enet = connection.enet(session)
        found = enet.fetch(f"<Fetch><TableName>ApSupplier</TableName><Key>{supplier['Supplier']}</Key></Fetch>")
        assert xml.first_text(found, "suppliername") == supplier["SupplierName"]
        rows = enet.browse("<Browse><BrowseName>Suppliers</BrowseName><ReturnRows>5</ReturnRows></Browse>")
        assert len(list(xml.find_all(rows, "Row"))) >= 5


class Signer:
    def __init__(self) -> None:
        self.calls: list[str] = []

    def logon(self) -> str:
        self.calls.append("logon")
        return f"token-{len(self.calls)}"

    def logoff(self, token: str) -> None:
        self.calls.append(f"logoff {token}")
        raise RejectedError("unknown session")


def test_a_direct_session_signs_on_late_and_off_once_and_does_not_fail_for_it() -> None:
    signer = Signer()
    with DirectSession(signer) as session:
        assert signer.calls == []
        first = session.token()
        assert session.token() == first
        second = session.renew(first)
        assert session.renew(first) == second
    session.close()
    assert signer.calls == ["logon", "logon", f"logoff {second}"]


def test_a_stored_session_leaves_everything_to_its_store() -> None:
    class Store:
        def acquire(self, logon: Callable[[], str]) -> str:
            return "kept"

        def renew(self, stale: str, logon: Callable[[], str]) -> str:
            return f"{logon()} after {stale}"

        def release(self, logoff: Callable[[str], None]) -> None:
            with pytest.raises(RejectedError):
                logoff("kept")

    signer = Signer()
    session = StoredSession(Store(), signer)
    assert session.token() == "kept"
    assert session.renew("kept") == "token-1 after kept"
    session.close()
    assert signer.calls == ["logon", "logoff kept"]
