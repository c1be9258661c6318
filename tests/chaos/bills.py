"""The source of the flow: a sandbox of Sage Intacct with a few bills, and what can happen to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from airflow_provider_mlconnector.sandbox import wiring
from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox

FAR_TOO_LATE = "far too late"
ACTS = (
    "new", "late", "ahead", "changed", "changed back", "repriced", "paid", "touched", "submitted", "posted", "too long",
    "shortened", "deleted", "clock",
)  # fmt: skip
FAULTS = {
    "intacct: 500": "http_status",
    "intacct: 503 with a page": "html_503",
    "intacct: no answer": "lost_answer",
    "intacct: line lost in a page": "drop",
    "intacct: half a page": "truncated",
    "intacct: session gone": "invalid_session",
    "intacct: error": "error",
    "intacct: a row twice": "repeat_row",
    "intacct: a row missing": "lose_row",
    "intacct: a page drifts": "drift",
}
_LONGEST_NUMBER = 22
"""Of an 810 (BIG02): a bill whose number is longer can't be written."""
_FEWEST = 3
_UNPOSTED = ("Draft", "Submitted", "Partially Approved", "Declined")
_SHOWN = "%m/%d/%Y %H:%M:%S"
_FAR_MINUTES = 60 * 24 * 365
_MOST_MINUTES = 1200
"""How far back a late bill lies: within the stream's lookback of a day."""


class Bills:
    """A company's bills, and every version that they have had: the number of the order stands for it."""

    def __init__(self) -> None:
        self.sandbox = IntacctSandbox(scale=5)
        self.history: dict[str, list[str]] = {}
        self.gone: set[str] = set()
        self._cursors: dict[str, str] = {}
        self._looks: dict[str, list[tuple[str, str]]] = {}
        self._rows: dict[str, dict[str, str]] = {}
        self._versions = 0
        self._acts: dict[str, Callable[[int], bool]] = {
            "new": lambda number: self._event("new_bills", n=1 + number % 3),
            "late": lambda number: self._event("late_bills", minutes_back=30 + 37 * number % _MOST_MINUTES),
            "ahead": lambda number: self._event("future_bills", minutes_ahead=_FAR_MINUTES if number % 3 == 0 else 90),
            "changed": self._change,
            "changed back": self._change_back,
            "repriced": self._reprice,
            "paid": self._pay,
            "touched": lambda _number: self._event("touch_bills", n=2),
            "submitted": lambda _number: self._event("new_bills", state="Submitted"),
            "posted": self._post,
            "too long": lambda number: self._event("new_bills", n=1 + number % 2, number="X" * (_LONGEST_NUMBER + 1)),
            "shortened": self._shorten,
            "deleted": self._delete,
            "clock": self._advance,
            FAR_TOO_LATE: lambda number: self._event("late_bills", minutes_back=60 * 24 * (40 + number % 10)),
        }

    def connection(self) -> dict[str, Any]:
        """The Airflow connection."""
        wired = wiring.intacct(self.sandbox)
        return {**wired, "extra": {**wired["extra"], "page_size": 6, "read_attempts": 2, "deletes": "audit"}}

    @property
    def rows(self) -> Mapping[str, Mapping[str, str]]:
        """The posted bills as they were at the last look."""
        return self._rows

    def act(self, name: str, number: int) -> bool:
        """Let something happen; `number` picks to what."""
        self.look()
        done = self._acts[name](number)
        self.look()
        return done

    def look(self) -> None:
        """Note new versions."""
        every = {row["RECORDNO"]: row for row in self.sandbox.admin.rows("APBILL")}
        self._rows = {key: row for key, row in every.items() if row["STATE"] not in _UNPOSTED}
        self._submitted = sorted(every.keys() - self._rows.keys())
        self.gone |= self.history.keys() - every.keys()
        self._cursors |= {key: cursor(moment(row["WHENMODIFIED"])) for key, row in every.items() if row["WHENMODIFIED"]}
        for key, row in self._rows.items():
            seen = (row["DOCNUMBER"], row["TRX_TOTALENTERED"])
            looks = self._looks.setdefault(key, [])
            if not looks or looks[-1] != seen:
                looks.append(seen)
                self.history.setdefault(key, []).append(seen[0].rpartition("-")[2])

    def change_under_poll(self, number: int) -> bool:
        """One of the next requests finds a bill changed that it, or an earlier page, may have read before."""
        what = {"kind": "change_bill", "params": {"recordno": self._chosen(number), "DOCNUMBER": self._next_version()}}
        self.sandbox.admin.fault("event", after=number % 5, count=1, where={"function": "query"}, **what)
        return True

    def fault(self, name: str, number: int) -> bool:
        """Some of the next requests go wrong."""
        where = {"function": "query"}
        self.sandbox.admin.fault(FAULTS[name], after=number % 5, count=1 + number % 3, where=where)
        return True

    def clock(self) -> str:
        """The company's clock, as a cursor."""
        return cursor(datetime.fromisoformat(self.sandbox.admin.state()["local"]))

    def greatest_cursors(self) -> set[str]:
        """The greatest time of change up to the clock; and what was greater, of bills that are deleted now."""
        clock = self.clock()
        times = {key: time for key, time in self._cursors.items() if time <= clock}
        greatest = max(time for key, time in times.items() if key in self._rows)
        return {greatest, *(times[key] for key in self.gone & times.keys() if times[key] > greatest)}

    def _event(self, kind: str, **params: Any) -> bool:
        self.sandbox.admin.event(kind, **params)
        return True

    def _advance(self, number: int) -> bool:
        self.sandbox.admin.advance(seconds=1 + 3607 * (number % 30))
        return True

    def _change(self, number: int) -> bool:
        return self._event("change_bill", recordno=self._chosen(number), DOCNUMBER=self._next_version())

    def _change_back(self, number: int) -> bool:
        """To the version before, where only the order's number was another."""
        looked = {key: looks for key, looks in self._looks.items() if key in self._rows}
        same = [key for key, looks in looked.items() if len(looks) > 1 and looks[-1][1] == looks[-2][1]]
        if not same:
            return False
        key = same[number % len(same)]
        return self._event("change_bill", recordno=int(key), DOCNUMBER=self._looks[key][-2][0])

    def _reprice(self, number: int) -> bool:
        key = self._chosen(number)
        self.sandbox.admin.event("line_changed", recordno=key)
        return self._event("change_bill", recordno=key, DOCNUMBER=self._next_version())

    def _shorten(self, number: int) -> bool:
        long = sorted(key for key, row in self._rows.items() if len(row["RECORDID"]) > _LONGEST_NUMBER)
        if not long:
            return False
        changes = {"RECORDID": f"S{number}", "DOCNUMBER": self._next_version()}
        return self._event("change_bill", recordno=int(long[number % len(long)]), **changes)

    def _delete(self, number: int) -> bool:
        # A change that is due under a poll would meet no bill.
        self.sandbox.admin.clear_faults("event")
        return len(self._rows) > _FEWEST and self._event("delete_bill", recordno=self._chosen(number))

    def _pay(self, number: int) -> bool:
        due = sorted(key for key, row in self._rows.items() if row["STATE"] == "Posted")
        return bool(due) and self._event("pay_bill", recordno=int(due[number % len(due)]))

    def _post(self, number: int) -> bool:
        waiting = self._submitted
        return bool(waiting) and self._event("bill_state", state="Posted", recordno=int(waiting[number % len(waiting)]))

    def _chosen(self, number: int) -> int:
        keys = sorted(self._rows)
        return int(keys[number % len(keys)])

    def _next_version(self) -> str:
        self._versions += 1
        return f"Bill-v{self._versions}"


def moment(shown: str) -> datetime:
    """A time as the sandbox shows it."""
    return datetime.strptime(shown, _SHOWN)  # noqa: DTZ007 - naive, as the source's times are


def cursor(at: datetime) -> str:
    """A time as a cursor."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")


def day(number: int) -> str:
    """A day before the clock begins."""
    return (date(2026, 3, 31) - timedelta(days=number)).isoformat()
