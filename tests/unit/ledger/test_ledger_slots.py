from __future__ import annotations

import threading
from contextlib import ExitStack
from datetime import timedelta
from unittest.mock import create_autospec

import pytest

from airflow_provider_mlconnector.errors import TransientError
from airflow_provider_mlconnector.ledger import leases
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.slots import LedgerSlots

LONG = timedelta(minutes=15)


def test_no_more_than_there_are_slots_go_on_at_once(ledger: Ledger) -> None:
    lock, under_way, most = threading.Lock(), 0, 0

    def work() -> None:
        nonlocal under_way, most
        slots = LedgerSlots(ledger, "acme", 2, LONG)
        for _ in range(3):
            with slots.one():
                with lock:
                    under_way += 1
                    most = max(most, under_way)
                # Takes some milliseconds, in which others would come in if they could.
                for _ in range(10):
                    LedgerSlots(ledger, "looked at", 1, timedelta(0))._take()
                with lock:
                    under_way -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most <= 2


def test_whoever_finds_none_waits_for_one(ledger: Ledger) -> None:
    pauses: list[float] = []
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(LedgerSlots(ledger, "acme", 2, LONG).one())

        def sleep(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 3:
                stack.close()

        with LedgerSlots(ledger, "acme", 2, LONG, sleep=sleep).one():
            assert len(pauses) == 3
    with LedgerSlots(ledger, "other", 1, LONG, sleep=sleep).one():
        assert len(pauses) == 3


def test_a_slot_whose_holder_has_died_holds_nobody_up_for_long(ledger: Ledger) -> None:
    pauses: list[float] = []
    held = LedgerSlots(ledger, "acme", 1, LONG).one()
    held.__enter__()
    with LedgerSlots(ledger, "acme", 1, LONG, patience=5, sleep=pauses.append).one():
        assert 5 <= sum(pauses) < 6
    # Without a slot there was none to give back.
    with LedgerSlots(ledger, "acme", 1, LONG, patience=1, sleep=pauses.append).one():
        assert sum(pauses) >= 6
    with LedgerSlots(ledger, "died", 1, timedelta(0)).one(), LedgerSlots(ledger, "died", 1, LONG, sleep=_never).one():
        pass


def test_a_slot_is_given_back_after_an_error(ledger: Ledger) -> None:
    for _ in range(3):
        with pytest.raises(KeyError), LedgerSlots(ledger, "acme", 1, LONG, sleep=_never).one():
            raise KeyError


def test_a_slot_that_can_not_be_given_back_does_not_undo_what_was_done(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "free", create_autospec(leases.free, side_effect=TransientError("locked")))
    with LedgerSlots(ledger, "acme", 1, LONG).one():
        pass


def _never(seconds: float) -> None:
    raise AssertionError("waited for a slot that is free")
