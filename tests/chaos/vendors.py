"""The source of the lane of vendors: those of the sandbox that bills come from, and what can happen to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.chaos.bills import Bills, cursor, moment
from tests.chaos.x12_files import name_version

ACTS = ("vendors new", "vendor renamed", "vendor renamed", "vendor named back", "vendor deleted")
_FEWEST = 3
# As the partner's profile has them written.
_WRITTEN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "~": "-", "*": " "})


class Vendors:
    """A company's vendors, and every version that they have had: the number that a name ends with stands for it.

    Args:
        bills: of the same company.
    """

    def __init__(self, bills: Bills) -> None:
        self._sandbox, self._clock = bills.sandbox, bills.clock
        self.history: dict[str, list[str]] = {}
        self.gone: set[str] = set()
        self._names: dict[str, list[str]] = {}
        self._rows: dict[str, Mapping[str, Any]] = {}
        self._cursors: dict[str, str] = {}
        self._deleted_at: set[str] = set()
        self._versions = 0
        self._acts: dict[str, Callable[[int], bool]] = {
            "vendors new": lambda number: self._event("new_vendors", n=1 + number % 3),
            "vendor renamed": self._rename,
            "vendor named back": self._name_back,
            "vendor deleted": self._delete,
        }

    def act(self, name: str, number: int) -> bool:
        """Let something happen; `number` picks to what."""
        self.look()
        done = self._acts[name](number)
        self.look()
        return done

    def look(self) -> None:
        """Note new versions."""
        self._rows = {row["VENDORID"]: row for row in self._sandbox.admin.rows("VENDOR")}
        self.gone |= self.history.keys() - self._rows.keys()
        for key, row in self._rows.items():
            self._cursors[key] = cursor(moment(row["WHENMODIFIED"]))
            names = self._names.setdefault(key, [])
            if not names or names[-1] != row["NAME"]:
                names.append(row["NAME"])
                self.history.setdefault(key, []).append(name_version(row["NAME"]))

    def key_of(self, written: str) -> str:
        """The vendor whose id the partner has been written so."""
        return next((key for key in self.history if key.translate(_WRITTEN) == written), written)

    def greatest_cursors(self) -> set[str]:
        """The greatest time of change up to the clock; and what was greater, of vendors that are deleted now."""
        clock = self._clock()
        times = {key: time for key, time in self._cursors.items() if time <= clock}
        greatest = max(time for key, time in times.items() if key in self._rows)
        # That a vendor is deleted is a row as well, with its time.
        deleted = {*(times[key] for key in self.gone & times.keys()), *self._deleted_at}
        return {greatest, *(time for time in deleted if time > greatest)}

    def _event(self, kind: str, **params: Any) -> bool:
        self._sandbox.admin.event(kind, **params)
        return True

    def _rename(self, number: int) -> bool:
        self._versions += 1
        return self._event("change_vendor", vendor=self._chosen(number), NAME=f"Vendor v{self._versions}")

    def _name_back(self, number: int) -> bool:
        renamed = sorted(key for key in self._rows if len(self._names[key]) > 1)
        if not renamed:
            return False
        key = renamed[number % len(renamed)]
        return self._event("change_vendor", vendor=key, NAME=self._names[key][-2])

    def _delete(self, number: int) -> bool:
        if len(self._rows) <= _FEWEST:
            return False
        self._deleted_at.add(self._clock())
        return self._event("delete_vendor", vendor=self._chosen(number))

    def _chosen(self, number: int) -> str:
        return sorted(self._rows)[number % len(self._rows)]
