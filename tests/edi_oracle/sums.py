"""An oracle of our own, which shares nothing with the product: it takes files apart naively and does the sums anew."""

from __future__ import annotations

from collections.abc import Iterator

from tests.edi_oracle import edifact_envelope, edifact_sums, tokens, x12_envelope, x12_forms, x12_sums


def x12(content: bytes, characters: str) -> list[str]:
    """What is wrong with an X12 file of a character set, `basic` or `extended`."""
    return _collected(_x12(content, characters))


def edifact(content: bytes) -> list[str]:
    """What is wrong with an EDIFACT file."""
    return _collected(_edifact(content))


def _collected(findings: Iterator[str]) -> list[str]:
    found: list[str] = []
    try:
        found.extend(findings)
    except tokens.UnreadableError as error:
        found.append(str(error))
    return found


def _x12(content: bytes, characters: str) -> Iterator[str]:
    taken = tokens.x12(content)
    yield from x12_forms.forms(taken, characters)
    yield from x12_envelope.envelope(taken)
    for members in x12_envelope.sets(taken):
        yield from x12_sums.sums(members)


def _edifact(content: bytes) -> Iterator[str]:
    taken = tokens.edifact(content)
    yield from edifact_envelope.forms(taken)
    yield from edifact_envelope.envelope(taken)
    for members in edifact_envelope.messages(taken):
        yield from edifact_sums.sums(members, taken.decimal)
