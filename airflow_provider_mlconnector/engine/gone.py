"""Records that are gone from a table: what a poll has found of them, and how many are too many to be believed."""

from __future__ import annotations

from dataclasses import dataclass, field

# A whole table that loses more than this share of what was known of it is a question, not so many exceptions.
_SHARE_THAT_MAY_VANISH = 0.5
_FEW = 20


@dataclass
class Absent:
    """What a poll has found to be gone; where it compares all keys, also how many there are.

    Attributes:
        there: how many keys the table has.
        for_people: hash and text of the keys that a person is asked about.
        uncancelled: by hash, why a deletion can't go out as a cancelling document.
        too_many: how many were found, if that says more of the reading than of the records: then nothing is done.
    """

    there: int = 0
    for_people: dict[bytes, str] = field(default_factory=dict)
    uncancelled: dict[bytes, str] = field(default_factory=dict)
    too_many: int = 0


def too_many(gone: int, there: int) -> bool:
    """Whether so many are gone that the reading is to be doubted."""
    return gone > _FEW and gone > there * _SHARE_THAT_MAY_VANISH
