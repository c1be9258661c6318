"""What a Stampli connection says of folders and files."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.systems.stampli.config import StampliConfig

PAIR = r"inv_(?P<company>\w+?)_(?P<part>headers?|lines?)_(?P<stamp>\d+)\.csv"


def test_the_defaults_are_the_neutral_layout() -> None:
    config = StampliConfig.from_fields({})
    assert (config.outbound("invoices"), config.inbound("vendors")) == ("/outbound/invoices", "/inbound/vendors")
    assert (config.archive, config.settle_seconds) == ("none", 30)
    assert StampliConfig.from_fields({"outbound_folder": "/out"}).outbound("invoices") == "/out"


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("invoices_ACME_20260301T120000Z.csv", True),
        ("Invoices-1.XML", True),
        ("invoices.csv", True),
        ("vendors_1.csv", False),
        ("invoices_1.csv.done", False),
        ("old_invoices.csv", False),
    ],
)
def test_names_of_an_entity(name: str, is_one: bool) -> None:
    assert StampliConfig().named("invoices", name) == (("", "") if is_one else None)


def test_two_files_belong_together_where_all_but_their_part_is_the_same() -> None:
    config = StampliConfig(patterns={"invoices": PAIR})
    header, lines = (config.named("invoices", f"inv_a_{part}_1.csv") for part in ("headers", "line"))
    assert header == ("company=a|stamp=1", "header")
    assert lines == ("company=a|stamp=1", "lines")
    assert config.named("invoices", "inv_b_lines_1.csv") == ("company=b|stamp=1", "lines")


def test_lists_and_mappings_come_as_texts_too() -> None:
    for given in (".done, .ok", ".done\n.ok", '[".done", ".ok"]', [".done", ".ok"]):
        assert StampliConfig.from_fields({"trigger_endings": given}).trigger_endings == (".done", ".ok")
    assert StampliConfig.from_fields({"patterns": '{"invoices": "x"}'}).patterns == {"invoices": "x"}
    assert StampliConfig.from_fields({"settle_seconds": "5"}).settle_seconds == 5


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({"archive": "burn"}, "archive"),
        ({"settle_seconds": -1}, "settle_seconds"),
        ({"patterns": {"invoices": "("}}, "no regular expression"),
        ({"patterns": "what"}, "patterns"),
        ({"trigger_endings": ["done"]}, "endings such as .done"),
        ({"archive_folder": "../up"}, "one folder"),
        ({"time_zone": "Mars/Base"}, "time zone"),
        ({"inbound_folder": "/x/", "outbound_folder": "/x"}, "the same"),
    ],
)
def test_what_is_wrong_is_said(extra: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        StampliConfig.from_fields(extra)
