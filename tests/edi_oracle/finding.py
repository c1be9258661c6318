"""What an oracle has against a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One fault.

    Attributes:
        tool: `bots`, `pyx12` or `sums`.
        file: the name that the file was given under.
        text: what is wrong, in the tool's words.
    """

    tool: str
    file: str
    text: str
