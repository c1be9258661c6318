"""What partners say of what was sent: matched, applied once, told of where it is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from airflow_provider_mlconnector.ledger import audit
from tests.support.edi_world import ACCEPTED, ISA, SECOND_REJECTED, EdiWorld, answer, answered, make_overdue, profile
from tests.support.engine_looks import items, open_alerts
from tests.support.engine_world import DAY, row

ERRORS = "accepted_with_errors"


@pytest.fixture
def world(tmp_path: Path, ledger_url: str) -> EdiWorld:
    """Three invoices were sent, as group 1 with the sets 0001 to 0003."""
    made = EdiWorld(tmp_path, url=ledger_url)
    made.source.put(row(1), row(2), row(3))
    made.run("1")
    return made


# What a set becomes.


def test_a_group_that_is_accepted_ends_the_waiting(world: EdiWorld) -> None:
    assert answered(world, ACCEPTED) == {"accepted": 3, "files applied": 1}
    assert (world.sent_as().state, world.states()) == ("accepted", ["accepted"] * 3)
    assert world.sent_as().acknowledged_at is not None
    assert (world.outcomes(), items(world), world.heard()) == (["accepted"], [], [])
    make_overdue(world)
    assert world.acknowledge().counts == {}


def test_a_rejected_set_becomes_an_exception_and_the_rest_is_accepted(world: EdiWorld) -> None:
    counts = answered(world, SECOND_REJECTED)
    assert counts == {"accepted": 2, "rejected": 1, "exceptions": 1, "overtaken": 0, "files applied": 1}
    assert (world.sent_as().state, world.states()) == ("partly", ["accepted", "rejected", "accepted"])
    (item,) = items(world)
    assert (item.kind, item.key) == ("rejected", "0000001/INV-0002")
    assert item.reason == (
        "997 000000002 from ACME about group IN 1 rejects it: segment 9 (IT1): segment has element errors; "
        "segment 9 (IT1), element 4: mandatory element missing; segments in error"
    )
    assert world.outcomes() == ["partly"]


@pytest.mark.parametrize(
    ("said", "state", "states"),
    [
        (["AK9*E*3*3*3*5"], "accepted_with_errors", ["accepted_with_errors"] * 3),
        (["AK2*810*2", "AK5*E*5", "AK9*E*3*3*3"], "accepted_with_errors", ["accepted", ERRORS, "accepted"]),
        (["AK9*R*3*3*0*1"], "rejected", ["rejected"] * 3),
        (["AK2*810*0002", "AK5*R", "AK9*P*3*3*1"], "unknown", ["unknown", "rejected", "unknown"]),
        (["AK9*P*3*3*2"], "unknown", ["unknown"] * 3),
        (["AK2*810*0001", "AK5*A", "AK2*810*0001", "AK5*R", "AK9*P*3*3*2"], "unknown", ["unknown", *["accepted"] * 2]),
        (["AK2*810*0001", "AK5*A", "AK2*850*0002", "AK5*A", "AK9*A*3*3*3"], "accepted", ["accepted"] * 3),
    ],
)  # fmt: skip
def test_nothing_is_guessed(world: EdiWorld, said: list[str], state: str, states: list[str]) -> None:
    answered(world, answer("AK1*IN*000001", *said))
    assert (world.sent_as().state, world.states()) == (state, states)
    refused = states.count("rejected")
    told = [f"rejects {refused} of 3 sets"] * bool(refused) + ["does not tell"] * (state == "unknown")
    assert [text in message for text, message in zip(told, world.heard(), strict=True)] == [True] * len(told)
    world.acknowledge()
    assert open_alerts(world) == []


def test_a_partner_who_lists_what_is_accepted_has_not_accepted_the_rest(tmp_path: Path) -> None:
    world = EdiWorld(tmp_path)
    world.agreed = {"kinds": ["997"], "within_seconds": 60, "lists_accepted": True, "receipt_accepts": False}
    world.source.put(row(1), row(2))
    world.run("1")
    answered(world, answer("AK1*IN*1", "AK2*810*0001", "AK5*A", "AK9*A*2*2*2"))
    assert world.states() == ["accepted", "unknown"]
    answered(world, answer("AK1*IN*1", "AK2*810*0002", "AK5*A", "AK9*A*2*2*2", number=2))
    assert world.states() == ["accepted", "accepted"]


def test_a_ta1_is_a_receipt_and_the_997_still_waited_for(world: EdiWorld) -> None:
    isa = ISA.format(them="ACME", us="US", number=5)
    counts = answered(world, f"{isa}TA1*1*260401*1200*A*000~IEA*0*000000005~".encode())
    assert counts == {"received": 3, "files applied": 1}
    assert (world.sent_as().state, world.sent_as().acknowledged_at) == ("received", None)
    make_overdue(world)
    assert world.acknowledge().counts == {"overdue": 1}
    answered(world, ACCEPTED)
    assert (world.sent_as().state, open_alerts(world)) == ("accepted", [])
    assert answered(world, f"{isa}TA1*1*260401*1200*A*000~IEA*0*000000005~".encode().replace(b"1200", b"1201"))[
        "repeated"
    ]


def test_a_ta1_that_rejects_rejects_every_set(world: EdiWorld) -> None:
    isa = ISA.format(them="ACME", us="US", number=5)
    answered(world, f"{isa}TA1*000000001*260401*1200*R*005~IEA*0*000000005~".encode())
    assert (world.sent_as().state, len(items(world))) == ("rejected", 3)
    assert "sender" in items(world)[0].reason


EDIFACT = {"standard": "edifact", "us": {"id": "US"}, "them": {"id": "ACME", "qualifier": "14"}}


def contrl(uci: str, *more: str) -> bytes:
    """A CONTRL about our interchange 1; its own number tells it from others."""
    said = "".join(f"{segment}'" for segment in (f"UCI+1+US+ACME:14+{uci}", *more))
    unb = f"UNB+UNOA:3+ACME:14+US+260401:1200+{len(said)}'"
    return f"{unb}UNH+1+CONTRL:D:3:UN'{said}UNT+3+1'UNZ+1+{len(said)}'".encode()


@pytest.mark.parametrize("accepts", [True, False])
def test_a_contrl_may_be_a_receipt_that_another_follows(tmp_path: Path, accepts: bool) -> None:
    world = EdiWorld(tmp_path, standard="edifact", profiles=[profile(**EDIFACT)])
    world.agreed = {"kinds": ["contrl"], "within_seconds": 60, "lists_accepted": False, "receipt_accepts": accepts}
    world.source.put(row(1), row(2))
    world.run("1")
    answered(world, contrl("8"))
    assert (world.sent_as().state, world.sent_as().acknowledged_at is None) == (
        ("accepted", False) if accepts else ("received", True)
    )
    answered(world, contrl("7", "UCM+2+INVOIC:D:96A:UN+4+12"))
    assert world.states() == (["accepted"] * 2 if accepts else ["accepted", "rejected"])
    assert world.outcomes()[-1] == ("contrary" if accepts else "partly")
    assert [item.reason.partition(" rejects it: ")[2] for item in items(world)] == ["invalid value"] * (not accepts)


# What can't be matched, comes again, or contradicts.


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (answer("AK1*IN*2", "AK9*A*3*3*3"), "nothing was sent"),
        (answer("AK1*PO*1", "AK9*A*3*3*3"), "nothing was sent"),
        (answer("AK1*IN*x", "AK9*A*3*3*3"), "nothing was sent"),
        (answer("AK1*IN*1", "AK9*A*3*3*3", them="OTHER"), "no partner profile"),
        (answer("AK1*IN*1", "AK9*A*3*3*3", us="OTHER"), "no partner profile"),
    ],
)
def test_what_answers_nothing_is_an_orphan_and_stops_nobody(world: EdiWorld, data: bytes, why: str) -> None:
    assert answered(world, data + b"\n" + ACCEPTED) == {"orphans": 1, "accepted": 3, "files orphan": 1}
    with world.ledger.read() as connection:
        (event,) = audit.search(connection, {"event": "acknowledged", "outcome": "orphan"}, None, None, 10)
    assert why in event.detail
    assert world.states() == ["accepted"] * 3


def test_an_orphan_is_applied_when_it_comes_again_and_can_be_matched(world: EdiWorld) -> None:
    late = answer("AK1*IN*2", "AK9*A*1*1*1")
    answered(world, late)
    world.source.put(row(4, 1))
    world.run("2")
    assert answered(world, late, "again.997") == {"accepted": 1, "files applied": 1}
    assert world.sent_as().state == "accepted"


def test_a_set_that_was_not_sent_is_an_orphan(world: EdiWorld) -> None:
    counts = answered(world, answer("AK1*IN*1", "AK2*810*0009", "AK5*R*5", "AK9*P*3*3*2"))
    assert counts["orphans"] == 1
    assert (world.states(), items(world)) == (["unknown"] * 3, [])
    assert world.outcomes() == ["orphan", "unknown"]


def test_what_was_never_sent_is_not_acknowledged(world: EdiWorld) -> None:
    world.source.put(row(1, 1), row(2, 1), row(3, 1))
    world.source.now += DAY
    world.run("2")
    assert world.sent_as().state == "unsent"
    assert answered(world, answer("AK1*IN*2", "AK9*A*3*3*3"))["orphans"] == 1


def test_an_acknowledgment_that_comes_again_changes_nothing(world: EdiWorld) -> None:
    answered(world, SECOND_REJECTED)
    before = (world.sent_as(), items(world))
    assert answered(world, SECOND_REJECTED, "copy.997") == {"repeated": 1, "files repeated": 1}
    again = SECOND_REJECTED.replace(b"1200", b"1300")
    assert answered(world, again) == {"repeated": 1, "files applied": 1}
    assert (world.sent_as(), items(world)) == before
    assert world.outcomes() == ["partly", "repeated"]


def test_a_contrary_one_changes_nothing_and_is_told(world: EdiWorld) -> None:
    answered(world, ACCEPTED)
    assert answered(world, SECOND_REJECTED) == {"contrary": 1, "files applied": 1}
    assert (world.states(), items(world)) == (["accepted"] * 3, [])
    assert world.outcomes() == ["accepted", "contrary"]
    (told,) = world.heard()
    assert "contradicts an earlier one, which stands: set 2: rejected" in told
    world.acknowledge()
    assert open_alerts(world) == []


def test_what_was_unknown_may_be_told_later(world: EdiWorld) -> None:
    answered(world, answer("AK1*IN*1", "AK9*P*3*3*2"))
    answered(world, SECOND_REJECTED)
    assert (world.sent_as().state, world.states()) == ("partly", ["accepted", "rejected", "accepted"])


def test_after_the_numbers_began_anew_the_newest_is_meant(world: EdiWorld) -> None:
    world.source.put(row(4, 1))
    world.run("2")
    with world.ledger.write() as connection:
        connection.execute(text("UPDATE interchange SET group_control = '1', group_number = 1"))
    answered(world, answer("AK1*IN*1", "AK9*A*1*1*1"))
    assert [world.sent_as(number).state for number in (0, 1)] == ["sent", "accepted"]


# What is overdue.


def test_what_is_overdue_is_told_once_until_it_arrives(world: EdiWorld) -> None:
    assert world.acknowledge().counts == {}
    make_overdue(world)
    assert world.acknowledge().counts == {"overdue": 1}
    (told,) = world.heard()
    assert "810 interchange 000000001 to acme, group 1 (invoices-000001.csv, confirmed" in told
    assert "(997)" in told
    assert (world.acknowledge().counts, world.heard(), len(open_alerts(world))) == ({}, [], 1)
    answered(world, ACCEPTED)
    assert open_alerts(world) == []
    assert world.sent_as().overdue_at is not None


def test_other_partners_are_somebody_elses_to_tell_of(world: EdiWorld) -> None:
    make_overdue(world)
    world.profiles = [profile(partner="other")]
    assert world.acknowledge().counts == {}
