"""What was posted through e.net since the beginning: the books that an oracle compares with."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any


class Record:
    """Everything that was posted, in order, and what was refused."""

    def __init__(self) -> None:
        self._posted: list[dict[str, Any]] = []
        self._refused: list[dict[str, Any]] = []

    def post(self, bo: str, facts: dict[str, Any]) -> None:
        """Note one document that has been posted; money as Decimal, references under `reference`."""
        self._posted.append({"number": len(self._posted) + 1, "bo": bo, **facts})

    def refuse(self, bo: str, reference: str, errors: list[str]) -> None:
        """Note one item of a post that was refused or left out, with its errors."""
        self._refused.append({"bo": bo, "reference": reference, "errors": errors})

    def shown(self) -> dict[str, Any]:
        """The books, money as exact texts.

        Returns:
            `posted` (every document in order, with `bo` and what it holds), `references` (by business object: how
            often each external reference was posted), `refused` (how many items) and `refusals` (each with its
            reference and errors).
        """
        references: dict[str, Counter[str]] = defaultdict(Counter)
        for each in self._posted:
            if each.get("reference"):
                references[each["bo"]][each["reference"]] += 1
        return {
            "posted": self._posted,
            "references": references,
            "refused": len(self._refused),
            "refusals": self._refused,
        }
