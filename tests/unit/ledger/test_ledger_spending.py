from __future__ import annotations

import threading
from datetime import datetime

from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.spending import LedgerSpending


def test_a_month_is_counted_by_itself(ledger: Ledger) -> None:
    now = datetime.fromisoformat("2026-03-31T23:59:00")
    spending = LedgerSpending(ledger, "intacct:acme", lambda: now)
    assert spending.spent() == 0
    assert [spending.spend(1), spending.spend(2), spending.spend(-1)] == [1, 3, 2]
    assert LedgerSpending(ledger, "intacct:other", lambda: now).spent() == 0
    assert LedgerSpending(ledger, "intacct:acme", lambda: now).spent() == 2
    now = datetime.fromisoformat("2026-04-01")
    assert (spending.spent(), spending.spend(1)) == (0, 1)


def test_workers_do_not_count_over_each_other(ledger: Ledger) -> None:
    seen: list[int] = []

    def work() -> None:
        mine = LedgerSpending(ledger, "intacct:acme")
        seen.extend(mine.spend(1) for _ in range(10))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(1, 41))
