"""Pages that no well-behaved server gives: scripted, one reply after the other."""

from __future__ import annotations

from collections.abc import Sequence
from unittest.mock import create_autospec

import pytest

from airflow_provider_mlconnector.errors import IntegrityError, TransientError
from airflow_provider_mlconnector.systems.intacct import reader, xml
from airflow_provider_mlconnector.systems.intacct.client import IntacctClient
from airflow_provider_mlconnector.systems.intacct.reader import LegacyReader, QueryReader
from airflow_provider_mlconnector.systems.intacct.replies import Reply
from airflow_provider_mlconnector.systems.intacct.session import DirectSession
from airflow_provider_mlconnector.systems.intacct.table import ObjectRead
from tests.unit.systems.intacct.conftest import Configure

READ = ObjectRead("VENDOR", {"RECORDNO": "integer"})


def reply(records: Sequence[int], rest: int | None, **more: str) -> Reply:
    rows = "".join(f"<VENDOR><RECORDNO>{record}</RECORDNO></VENDOR>" for record in records)
    said = {**({} if rest is None else {"numremaining": str(rest)}), **more}
    attributes = " ".join(f'{name}="{value}"' for name, value in said.items())
    return Reply(xml.parse(f"<data {attributes}>{rows}</data>".encode()), None, None)


def client_of(configure: Configure, *replies: Reply) -> IntacctClient:
    made: IntacctClient = create_autospec(IntacctClient, instance=True, spec_set=False)
    made.config = configure()
    made.ask.side_effect = replies  # type: ignore[attr-defined]
    return made


def read(configure: Configure, kind: type[QueryReader | LegacyReader], *replies: Reply) -> list[int]:
    made = kind(client_of(configure, *replies), DirectSession(lambda: "token"), "UTC")
    return [record for rows in made.pages(READ) for record in rows.table["RECORDNO"].to_pylist()]


def test_a_page_that_has_shifted_begins_the_window_again(configure: Configure) -> None:
    good = (reply([1, 2], 2), reply([3, 4], 0))
    assert read(configure, QueryReader, reply([1, 2], 2), reply([2, 3], 0), *good) == [1, 2, 1, 2, 3, 4]
    assert read(configure, QueryReader, reply([2, 1], 2), *good) == [1, 2, 3, 4]


def test_rows_that_never_come_in_order_end_the_reading(configure: Configure) -> None:
    with pytest.raises(IntegrityError, match="VENDOR"):
        read(configure, QueryReader, *[reply([2, 1], 2)] * 3)


def test_where_intacct_does_not_say_what_remains_an_empty_page_ends_it(configure: Configure) -> None:
    assert read(configure, QueryReader, reply([1], None), reply([2], None), reply([], None)) == [1, 2]
    assert read(configure, LegacyReader, reply([1], None, resultId="x"), reply([], None, resultId="")) == [1]


def test_a_page_of_rows_that_can_not_be_placed_does_not_go_on_for_ever(configure: Configure) -> None:
    broken = Reply(xml.parse(b'<data numremaining="1"><VENDOR><RECORDNO>x</RECORDNO></VENDOR></data>'), None, None)
    with pytest.raises(IntegrityError):
        read(configure, QueryReader, *[broken] * 3)


def test_a_result_is_read_to_the_number_that_was_announced(configure: Configure) -> None:
    first = reply([1, 2], 2, totalcount="4", resultId="a")
    assert read(configure, LegacyReader, first, reply([3, 4], 0, resultId="")) == [1, 2, 3, 4]
    short = (first, reply([3], 0, resultId=""))
    assert read(configure, LegacyReader, *short, first, reply([3, 4], 0, resultId="")) == [1, 2, 3, 1, 2, 3, 4]
    with pytest.raises(IntegrityError, match="VENDOR"):
        read(configure, LegacyReader, *short * 3)


@pytest.mark.parametrize(
    ("records", "rest", "said"),
    [
        ([1, 2], 0, {"count": "3"}),
        ([], 0, {"count": "1"}),
        ([1, 2], 0, {"count": "2", "totalcount": "9"}),
        ([1, 2], 7, {"count": "2", "totalcount": "8"}),
    ],
)
def test_a_page_whose_numbers_do_not_fit_is_not_whole(records: list[int], rest: int, said: dict[str, str]) -> None:
    with pytest.raises(TransientError):
        reader.consistent(reply(records, rest, **said))


def test_a_page_whose_numbers_fit_is_whole() -> None:
    reader.consistent(reply([1, 2], 7, count="2", totalcount="9"))
    reader.consistent(reply([1, 2], None))
    reader.consistent(Reply(None, None, None))
    # Behind the first page of a result its total is that of the whole.
    reader.whole(reply([1, 2], 0, count="2", totalcount="9"))
