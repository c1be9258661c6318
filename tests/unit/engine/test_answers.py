"""What an acknowledgment says of each set, decided without a database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.engine.answers import Answer, Change, SetAnswer, change, decide, ends_waiting, whole
from airflow_provider_mlconnector.ledger.interchanges import SentSet

SENT = [SentSet(1, "0001", "sent"), SentSet(2, "0002", "sent"), SentSet(3, "A3", "sent")]
STATES = ["sent", "received", "accepted", "accepted_with_errors", "rejected", "unknown"]


def outcomes(answer: Answer, expected: dict[str, Any] | None = None) -> list[str]:
    decided = decide(answer, SENT, "810", expected or {})
    return [decided.said[one.position].outcome for one in SENT]


def said(kind: str = "997", *sets: tuple[str, str], **changes: Any) -> Answer:
    listed = tuple(SetAnswer("810", control, outcome) for control, outcome in sets)
    return Answer("an answer", ("acme",), kind, sets=listed, **changes)


@pytest.mark.parametrize("control", ["0002", "2", "000000002"])
def test_a_set_is_found_by_its_text_and_then_by_its_number(control: str) -> None:
    assert outcomes(said("997", (control, "rejected"), unlisted="accepted")) == ["accepted", "rejected", "accepted"]


def test_a_text_that_is_no_number_is_found_as_it_is() -> None:
    assert outcomes(said("contrl", ("A3", "rejected"), unlisted="accepted"))[2] == "rejected"
    assert decide(said("contrl", ("B3", "rejected")), SENT, "810", {}).strangers[0].control == "B3"


def test_the_same_text_goes_before_the_same_number() -> None:
    sent = [SentSet(1, "0002", "sent"), SentSet(2, "2", "sent")]
    decided = decide(said("997", ("0002", "rejected"), unlisted="accepted"), sent, "810", {})
    assert [decided.said[position].outcome for position in (1, 2)] == ["rejected", "accepted"]


@pytest.mark.parametrize(
    ("accepted", "rest"), [(2, "accepted"), (1, "unknown"), (3, "unknown"), (0, "unknown"), (None, "unknown")]
)
def test_how_many_were_accepted_decides_over_the_rest_if_it_agrees(accepted: int | None, rest: str) -> None:
    assert outcomes(said("997", ("0001", "rejected"), accepted=accepted)) == ["rejected", rest, rest]


def test_a_receipt_accepts_where_that_was_agreed_and_in_a_contrl_alone() -> None:
    agreed = {"receipt_accepts": True}
    assert outcomes(said("contrl", unlisted="received")) == ["received"] * 3
    assert outcomes(said("contrl", ("0001", "rejected"), unlisted="received"), agreed) == [
        "rejected",
        "accepted",
        "accepted",
    ]
    assert outcomes(said("contrl", ("0001", "received"), unlisted="accepted"), agreed) == ["accepted"] * 3
    assert outcomes(said("ta1", unlisted="received"), agreed) == ["received"] * 3


def test_what_is_said_of_the_whole_is_the_reason_of_what_is_not_listed() -> None:
    decided = decide(said(unlisted="rejected", reason="group not supported"), SENT, "810", {})
    assert {one.reason for one in decided.said.values()} == {"group not supported"}
    decided = decide(said(unlisted="accepted", reason="odd"), SENT, "810", {})
    assert {one.reason for one in decided.said.values()} == {""}


@pytest.mark.parametrize(
    ("now", "outcome", "done"),
    [
        ("sent", "unknown", Change.NEW),
        ("received", "received", Change.SAME),
        ("received", "rejected", Change.NEW),
        ("unknown", "received", Change.SAME),
        ("unknown", "rejected", Change.NEW),
        ("accepted", "accepted_with_errors", Change.SAME),
        ("accepted", "received", Change.SAME),
        ("accepted", "unknown", Change.SAME),
        ("accepted", "rejected", Change.CONTRARY),
        ("rejected", "accepted", Change.CONTRARY),
        ("rejected", "accepted_with_errors", Change.CONTRARY),
    ],
)
def test_the_first_word_counts(now: str, outcome: str, done: Change) -> None:
    assert change(now, outcome) is done


@given(st.sampled_from(STATES), st.sampled_from(STATES[1:]))
def test_the_same_word_twice_says_nothing_more(now: str, outcome: str) -> None:
    after = outcome if change(now, outcome) is Change.NEW else now
    again = change(after, outcome)
    assert again is (Change.CONTRARY if change(now, outcome) is Change.CONTRARY else Change.SAME)


@pytest.mark.parametrize(
    ("states", "state"),
    [
        ({"accepted": 3}, "accepted"),
        ({"accepted": 2, "accepted_with_errors": 1}, "accepted_with_errors"),
        ({"rejected": 3}, "rejected"),
        ({"accepted": 2, "rejected": 1}, "partly"),
        ({"accepted": 2, "rejected": 1, "unknown": 1}, "unknown"),
        ({"accepted": 2, "received": 1}, "received"),
        ({"sent": 2}, "sent"),
    ],
)
def test_an_interchange_is_what_its_sets_are(states: dict[str, int], state: str) -> None:
    assert whole(states) == state


@pytest.mark.parametrize(
    ("state", "kind", "kinds", "ends"),
    [
        ("accepted", "997", ["997"], True),
        ("unknown", "997", ["997"], True),
        ("received", "ta1", ["ta1"], True),
        ("received", "ta1", ["997", "ta1"], False),
        ("received", "contrl", ["contrl"], False),
    ],
)
def test_a_receipt_ends_the_waiting_only_for_a_ta1_alone(state: str, kind: str, kinds: list[str], ends: bool) -> None:
    assert ends_waiting(state, said(kind), {"kinds": kinds}) is ends
