"""Whether a new file has come in, seen from outside: for those who wait, and take nothing in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from airflow_provider_mlconnector.engine.receiving import HEADER, LINES, Intake, Listing, is_triggered
from airflow_provider_mlconnector.ledger.received import Look


@dataclass
class Watch:
    """What one who waits has seen; begun anew, it only waits for the settling time once more.

    Attributes:
        intake: how the files come in.
        since: since when each file has looked as it does, by the waiter's own clock in seconds.
    """

    intake: Intake
    since: dict[Look, float] = field(default_factory=dict)

    def settled(self, listed: Listing, known: Collection[Look], now: float) -> list[str]:
        """The names of files that are whole, and have not been taken in.

        Args:
            listed: what lies there now.
            known: what has been taken in.
            now: the waiter's clock.
        """
        fresh = [named for named in listed.files if named.look not in known]
        self.since = {named.look: self.since.get(named.look, now) for named in fresh}
        whole = [named for named in fresh if self._is_whole(named.look, listed, now)]
        parts: dict[str, set[str]] = {}
        for named in whole:
            parts.setdefault(named.pair, set()).add(named.part)
        return [named.look.name for named in whole if not named.part or {HEADER, LINES} <= parts[named.pair]]

    def _is_whole(self, look: Look, listed: Listing, now: float) -> bool:
        if self.intake.trigger_endings:
            return is_triggered(self.intake, look, listed.names)
        return now - self.since[look] >= self.intake.settle
