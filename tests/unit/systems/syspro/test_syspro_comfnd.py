# ruff: noqa: DTZ001 - SYSPRO's times are naive
from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from lxml import etree

from airflow_provider_mlconnector.errors import ConfigurationError, IntegrityError
from airflow_provider_mlconnector.systems.syspro import comfnd, filters, xml
from airflow_provider_mlconnector.systems.syspro.connection import SysproConnection
from airflow_provider_mlconnector.systems.syspro.enet_reader import EnetReader
from airflow_provider_mlconnector.systems.syspro.filters import Compare
from airflow_provider_mlconnector.systems.syspro.table import TableRead, TimeForm
from tests.support.stub_server import Stub
from tests.unit.systems.syspro.test_syspro_enet import Configure, Held, asked

READ = TableRead(
    "ApInvoice", ("Supplier", "Invoice"), {"Supplier": "string(15)", "Invoice": "string(20)", "Journal": "integer"}
)
TYPED = TableRead("T", ("K",), {"K": "string", "N": "integer", "V": "decimal(14,2)", "D": "datetime", "T": "date"})


def where_of(document: str) -> list[str]:
    root = xml.parse(document, 1_000_000)
    return [
        " ".join(
            xml.child_text(each, name)
            for name in ("AndOr", "OpenBracket", "Column", "Condition", "Value", "CloseBracket")
        )
        for each in xml.find_all(root, "Expression")
    ]


def test_the_request_has_the_recorded_shape() -> None:
    where = filters.conjunctions(filters.one_of(["Supplier", "Invoice"], [("0000001", "INV-4711")]))
    document = comfnd.request(READ, where, 5)
    root = xml.parse(document, 100_000)
    assert [xml.name(child) for child in root] == ["TableName", "ReturnRows", "Columns", "Where", "OrderBy"]
    assert xml.child_text(root, "ReturnRows") == "5"
    assert where_of(document) == ["And ( Supplier EQ 0000001 ", "And  Invoice EQ INV-4711 )"]
    assert "<Where>" not in comfnd.request(READ, [()], 5)


def test_alternatives_never_nest_brackets() -> None:
    behind = filters.any_of(filters.all_of(*part) for part in filters.after(READ.key, ("a", "b")))
    where = filters.all_of(Compare("Journal", "ne", "0"), behind)
    assert where_of(comfnd.request(READ, filters.conjunctions(where), 5)) == [
        "And ( Journal NE 0 ",
        "And  Supplier EQ a ",
        "And  Invoice GT b )",
        "Or ( Journal NE 0 ",
        "And  Supplier GT a )",
    ]


def test_values_are_escaped_and_ascii() -> None:
    document = comfnd.request(READ, [(Compare("Supplier", "eq", "Söhne & <Co> '€'"),)], 5)
    assert document.isascii()
    assert where_of(document) == ["And ( Supplier EQ Söhne & <Co> '€' )"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        ("2026-03-31T00:00:00.000000", "2026-03-31"),
        ("2026-03-31 10:11:12.000000", "2026-03-31T10:11:12"),
        ("2026-03-31T10:11:12.500000", "2026-03-31T10:11:12.500"),
        # SQL Server would round .999 up into the next day.
        ("2026-03-31T23:59:59.999999", "2026-03-31T23:59:59.997"),
    ],
)
def test_times_are_written_so_that_sql_server_does_not_round_them_up(value: str | None, shown: str) -> None:
    document = comfnd.request(TYPED, [(Compare("D", "le", value),)], 5)
    assert where_of(document) == [f"And ( D LE {shown} )"]


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="Column D"):
        comfnd.request(TYPED, [(Compare("D", "le", "soon"),)], 5)


def rows(*texts: str) -> etree._Element:
    listed = "".join(f"<Row>{text}</Row>" for text in texts)
    return xml.parse(
        f"<T><HeaderDetails><Row/></HeaderDetails>{listed}<RowsReturned>       1</RowsReturned></T>", 1_000_000
    )


GOOD = "<K>a </K><N>       7</N><V>  1,234.50</V><D>2026-03-31</D><T>0000-00-00</T>"


def test_padded_numbers_separators_and_blank_dates_are_read() -> None:
    found = comfnd.decode(rows(GOOD), TYPED, TimeForm())
    assert found.page.rows.to_pylist() == [
        {"K": "a", "N": 7, "V": Decimal("1234.50"), "D": datetime(2026, 3, 31), "T": None}
    ]
    assert (found.count, found.last) == (1, ("a",))


@pytest.mark.parametrize(
    "bad",
    [
        GOOD.replace("1,234.50", "1.234"),
        GOOD.replace("1,234.50", "many"),
        GOOD.replace("       7", ""),
        GOOD.replace("2026-03-31", "31/03/26"),
        GOOD.replace("0000-00-00", "2026-03-31 10:00:00"),
        GOOD.replace("<N>       7</N>", ""),
    ],
)
def test_a_bad_row_is_set_aside(bad: str) -> None:
    lower = GOOD.replace("<K>a </K>", "<k>c</k>").replace("<V>", "<v>").replace("</V>", "</v>")
    found = comfnd.decode(rows(bad.replace("a ", "b"), GOOD, lower), TYPED, TimeForm())
    assert found.page.rows["K"].to_pylist() == ["a", "c"]
    assert found.page.rows.to_pylist()[1]["V"] == Decimal("1234.50")
    assert [row.key for row in found.page.rejected] == [("b",)]
    assert found.last == ("c",)


def test_a_column_that_no_row_has_is_a_mistake_of_the_declaration() -> None:
    with pytest.raises(ConfigurationError, match="column N"):
        comfnd.decode(rows("<K>a</K><V>1</V><D/><T/>"), TYPED, TimeForm())


def enet_reader(config_for: Configure, stub: Stub, **extra: object) -> EnetReader:
    connection = SysproConnection(config_for(stub.url, **extra), sleep=lambda seconds: None)
    return EnetReader(connection.enet(Held("token")), connection.transport, TimeForm(), 2)


def test_the_same_page_again_is_found_out(stub: Stub, config_for: Configure) -> None:
    stub.says(200, b"<T><Row><K>a</K><N>1</N><V>1</V><D/><T/></Row></T>")
    with pytest.raises(IntegrityError, match="same page"):
        list(enet_reader(config_for, stub).pages(TYPED))
    stub.says(200, b"<T><Row><K>a</K></Row></T>")
    wanted = TableRead("T", ("K", "N"), {"K": "string", "N": "integer"})
    with pytest.raises(ConfigurationError):
        list(enet_reader(config_for, stub).pages(wanted))


def test_ranges_that_do_not_fit_one_url_come_one_after_the_other(stub: Stub, config_for: Configure) -> None:
    answers = iter([b"<T><Row><Supplier>a</Supplier><Invoice>b</Invoice><Journal>1</Journal></Row></T>"])

    def answer(request: str, send: object) -> None:
        body = next(answers, b"<T/>")
        send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)  # type: ignore[operator]

    stub.answer = answer
    assert len(list(enet_reader(config_for, stub, max_url_bytes=1300).pages(READ))) == 1
    asked_for = [where_of(asked(line)["XmlIn"]) for line in stub.requests]
    assert asked_for == [[], ["And ( Supplier EQ a ", "And  Invoice GT b )"], ["And ( Supplier GT a )"]]
