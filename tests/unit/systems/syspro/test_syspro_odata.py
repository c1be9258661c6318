from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from airflow_provider_mlconnector.errors import ConfigurationError, IntegrityError
from airflow_provider_mlconnector.systems.syspro import filters
from airflow_provider_mlconnector.systems.syspro.config import SysproConfig
from airflow_provider_mlconnector.systems.syspro.filters import Compare
from airflow_provider_mlconnector.systems.syspro.odata import ODataClient, expression, literal
from airflow_provider_mlconnector.systems.syspro.odata_reader import ODataReader
from airflow_provider_mlconnector.systems.syspro.table import TableRead, TimeForm
from airflow_provider_mlconnector.systems.syspro.transport import Transport
from tests.support.stub_server import Stub

Configure = Callable[..., SysproConfig]
LOCAL = TimeForm()
READ = TableRead("T", ("K",), {"K": "string", "V": "decimal(9,2)"})


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("string(15)", "O'Neil & Söhne", "'O''Neil & Söhne'"),
        ("string", "", "''"),
        ("integer", " 12", "12"),
        ("decimal(9,2)", "-1.50", "-1.50"),
        ("boolean", "true", "true"),
        ("datetime", "2026-03-31 00:00:00.000000", "2026-03-31T00:00:00Z"),
        ("datetime", "2026-03-31T10:11:12.500000", "2026-03-31T10:11:12.500000Z"),
        ("date", "2026-03-31", "2026-03-31T00:00:00Z"),
        ("datetime", None, "null"),
    ],
)
def test_constants_are_written_by_their_declared_type(kind: str, value: str | None, shown: str) -> None:
    assert literal(Compare("C", "eq", value), kind, LOCAL) == shown


@pytest.mark.parametrize(
    ("kind", "value"), [("integer", "1 or 1 eq 1"), ("decimal(9,2)", "x"), ("boolean", "1"), ("datetime", "yesterday")]
)
def test_a_constant_that_does_not_fit_is_refused(kind: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match="Column C"):
        literal(Compare("C", "eq", value), kind, LOCAL)


@pytest.mark.parametrize(
    ("op", "local", "shown"),
    [
        ("ge", "2026-07-01T00:00:00", "2026-06-30T22:00:00Z"),
        ("ge", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
        ("le", "2026-10-25T02:30:00", "2026-10-25T01:30:00Z"),
        ("lt", "0001-01-01T00:00:00", "0001-01-03T00:00:00Z"),
    ],
)
def test_with_real_offsets_conditions_are_in_utc_and_the_double_hour_is_whole(op: str, local: str, shown: str) -> None:
    assert literal(Compare("C", op, local), "datetime", TimeForm("Europe/Berlin", suffix_is_local=False)) == shown


def test_conditions_keep_their_nesting() -> None:
    where = filters.all_of(
        Compare("K", "ne", "x"),
        filters.any_of([Compare("V", "gt", "1"), filters.all_of(Compare("V", "eq", "0"), Compare("K", "gt", "a"))]),
    )
    assert expression(where, READ.kind, LOCAL) == "K ne 'x' and (V gt 1 or (V eq 0 and K gt 'a'))"


def test_an_address_is_ascii_and_holds_what_is_asked(config_for: Configure) -> None:
    config = config_for("https://erp", page_size=77)
    client = ODataClient(config, Transport(config), LOCAL)
    read = TableRead("ApSupplier+", ("K",), {"K": "string"}, Compare("K", "gt", "ü &#+%"), "GL1")
    url = client.url(read, skip=3)
    assert url.isascii()
    parts = urlsplit(url)
    assert unquote(parts.path) == "/SYSPRO8Odata/SYSPROOData/GL1/ApSupplier+"
    assert parse_qs(parts.query) == {
        "$select": ["K"], "$filter": ["K gt 'ü &#+%'"], "$orderby": ["K"], "$top": ["77"], "$skip": ["3"],
    }  # fmt: skip


class Table:
    """A table behind the stub server, and ways in which it may be served wrongly."""

    def __init__(self, stub: Stub, count: int) -> None:
        self.stub = stub
        self.keys = [f"k{number:03}" for number in range(count)]
        self.bare = False
        self.link: Callable[[int], str] = lambda number: ""
        stub.answer = self.answer

    def answer(self, request: str, send: Callable[[bytes], None]) -> None:
        options = parse_qs(urlsplit(request.split()[1]).query)
        keys = self.keys
        found = re.search(r"K gt '(\w+)'", options.get("$filter", [""])[0])
        if found and not self.bare:
            keys = [key for key in keys if key > found[1]]
        skip = int(options.get("$skip", ["0"])[0])
        shown = [{"K": key, "V": "1.00"} for key in keys[skip:][: int(options["$top"][0])]]
        page: dict[str, object] = {"value": shown}
        if self.link(len(self.stub.requests)):
            page["@odata.nextLink"] = self.link(len(self.stub.requests))
        body = json.dumps(page).encode()
        send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def reader(config: SysproConfig) -> ODataReader:
    transport = Transport(config, lambda seconds: None)
    return ODataReader(ODataClient(config, transport, LOCAL), transport, LOCAL)


def read_keys(config: SysproConfig, read: TableRead = READ) -> list[str]:
    return [key for page in reader(config).pages(read) for key in page.rows["K"].to_pylist()]


def test_reading_goes_by_key_until_a_page_is_empty(stub: Stub, config_for: Configure) -> None:
    table = Table(stub, 25)
    assert read_keys(config_for(stub.url, page_size=10)) == table.keys
    # The last page is not full, and still it is asked what lies behind it.
    assert len(stub.requests) == 4
    assert not any("$skip" in request for request in stub.requests)


def test_a_server_that_does_not_honour_the_filter_is_found_out(stub: Stub, config_for: Configure) -> None:
    Table(stub, 25).bare = True
    with pytest.raises(IntegrityError, match="same page"):
        read_keys(config_for(stub.url, page_size=10))


def test_next_links_are_followed_relative_ones_too(stub: Stub, config_for: Configure) -> None:
    table = Table(stub, 25)
    table.link = lambda number: {1: "T?$top=10&$skip=10", 2: f"{stub.url}/any?$top=10&$skip=20"}.get(number, "")
    # While page 1 is decoded nothing is fetched ahead: its end says that a link follows.
    assert read_keys(config_for(stub.url, page_size=10)) == table.keys
    assert "$skip=20" in stub.requests[2]
    assert stub.requests[2].split()[1].startswith("/any")


@pytest.mark.parametrize("link", ["http://elsewhere.example.com/T", "https://127.0.0.1:1/T", "//127.0.0.1:2/T"])
def test_a_next_link_to_another_server_is_refused(stub: Stub, config_for: Configure, link: str) -> None:
    Table(stub, 25).link = lambda number: link
    with pytest.raises(IntegrityError, match="another server"):
        read_keys(config_for(stub.url, page_size=10))
    assert len(stub.requests) == 1


def test_next_links_that_run_in_a_circle_are_found_out(stub: Stub, config_for: Configure) -> None:
    Table(stub, 25).link = lambda number: "T?$top=10&$skip=10"
    with pytest.raises(IntegrityError, match="same page"):
        read_keys(config_for(stub.url, page_size=10))


def test_without_an_ordered_key_rows_are_skipped_instead(stub: Stub, config_for: Configure) -> None:
    table = Table(stub, 25)
    keyless = TableRead("T", ("K", "B"), {"K": "string", "B": "boolean"})
    original = table.answer

    def answer(request: str, send: Callable[[bytes], None]) -> None:
        original(request, lambda data: send(data.replace(b'"V": "1.00"', b'"B": true  ')))

    stub.answer = answer
    assert read_keys(config_for(stub.url, page_size=10), keyless) == table.keys
    assert "$skip=20" in stub.requests[2]


def test_the_next_page_is_fetched_while_this_one_is_in_use(stub: Stub, config_for: Configure) -> None:
    table = Table(stub, 25)
    second = threading.Event()
    original = table.answer

    def answer(request: str, send: Callable[[bytes], None]) -> None:
        original(request, send)
        if len(stub.requests) == 2:
            second.set()

    stub.answer = answer
    pages = reader(config_for(stub.url, page_size=10)).pages(READ)
    next(pages)
    assert second.wait(5)


def test_a_session_is_needed_where_it_is_the_way_to_sign_in(config_for: Configure) -> None:
    config = config_for("https://erp", odata_auth="session")
    with pytest.raises(ConfigurationError, match="session"):
        ODataClient(config, Transport(config), LOCAL)


def test_an_address_that_is_too_long_is_refused_before_it_is_sent(stub: Stub, config_for: Configure) -> None:
    config = config_for(stub.url, max_url_bytes=1024)
    keys = [("x" * 100,)] * 12
    read = TableRead("T", ("K",), {"K": "string"}, filters.one_of(["K"], keys))
    assert not reader(config).fits(read)
    with pytest.raises(ConfigurationError, match="max_url_bytes"):
        next(reader(config).pages(read))
    assert stub.requests == []
