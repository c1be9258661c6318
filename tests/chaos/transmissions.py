"""What a partner finds in one EDI file, whichever standard it is in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Record:
    """One record.

    Attributes:
        control: of the set or message that it stands in.
        key: as the partner sees it.
        version: what stands for its version.
        amount: signed, as text; empty where it has none.
        currency: its currency.
        lines: how many.
    """

    control: str
    key: str
    version: str
    amount: str
    currency: str
    lines: int


@dataclass(frozen=True)
class Transmission:
    """One file.

    Attributes:
        name: its name.
        partner: for whom it is.
        interchange: ISA13 or UNB 0020.
        group: GS06; empty in EDIFACT.
        sets: the control numbers of its sets or messages, in their order.
        records: what stands in them.
        faults: what does not fit within it: counts, and control numbers that are not repeated.
    """

    name: str
    partner: str
    interchange: str
    group: str
    sets: tuple[str, ...]
    records: tuple[Record, ...]
    faults: tuple[str, ...]

    @property
    def known_as(self) -> str:
        """The interchange among those of all partners."""
        return f"{self.partner} {self.interchange}"
