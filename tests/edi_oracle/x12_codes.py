"""Codes of X12 004010 for the elements in use (sheet edi.md, 2.1 to 2.9).

The lists are not whole: a code that is missing here is wrong, or new in our files; then look it up, and add it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.edi_oracle.tokens import Segment

_PURPOSES = "00 01 04 05 06 07"
_PARTIES = "BT BY II PE PR RE RI SE SF ST SU VN"
_UNITS = "BX CA CT DZ EA FT GA HR KG LB LT MP MR PC PK RL SF SM TN"
_PARTS = "BP EC EN MG PO RC SK UK UP VP"
_BASES = "HP NT PD PE PN TP UM"
_REFERENCES = "BM CO DO DP GL IA IV PK PO TJ VN VR ZZ"
_DATES = "002 003 010 011 017 035 050"
_NUMBERS = "EM FX TE"
_TAXES = "GS LS SL SP ST TX VA"
_CODES: dict[tuple[str, int], str] = {
    ("AMT", 1): "1 5 N T TT",
    ("BEG", 1): _PURPOSES,
    ("BEG", 2): "BK DS KN NE RL SA",
    ("BFR", 1): _PURPOSES,
    ("BFR", 4): "BB DL PD PR PS SH",
    ("BFR", 5): "A C D R",
    ("BIG", 7): "CI CN CR DI DR FB PR",
    ("BIG", 8): _PURPOSES,
    ("BSN", 1): _PURPOSES,
    ("BSN", 5): "0001 0002 0004",
    ("BTP", 1): _PURPOSES,
    ("BTP", 5): "TP",
    ("CUR", 1): _PARTIES,
    ("DTM", 1): _DATES,
    ("FST", 2): "A B C D Z",
    ("FST", 3): "C D F M Q W",
    ("FST", 8): _REFERENCES,
    ("HL", 3): "I O P S T",
    ("ITD", 1): "01 05 08 12 14 22",
    ("ITD", 2): "1 2 3",
    ("MAN", 1): "CP GM",
    ("N1", 1): _PARTIES,
    ("N1", 3): "1 9 91 92 UL ZZ",
    ("N9", 1): _REFERENCES,
    ("PER", 1): "AR BD",
    ("PER", 3): _NUMBERS,
    ("PER", 5): _NUMBERS,
    ("PER", 7): _NUMBERS,
    ("PID", 1): "F",
    ("REF", 1): _REFERENCES,
    ("SAC", 1): "A C N",
    ("SAC", 2): "C310 D240 D500 D980 G830 H750 H850 ZZZZ",
    ("SAC", 12): "02 05 06",
    ("SCH", 2): _UNITS,
    ("SCH", 5): _DATES,
    ("SN1", 3): _UNITS,
    ("TXI", 1): _TAXES,
    ("UIT", 1): _UNITS,
    ("UIT", 3): _BASES,
}
for _line, _unit, _basis, _first in (("IT1", 3, 5, 6), ("PO1", 3, 5, 6), ("LIN", 0, 0, 2)):
    _CODES |= {(_line, place): _PARTS for place in range(_first, _first + 20, 2)}
    if _unit:
        _CODES |= {(_line, _unit): _UNITS, (_line, _basis): _BASES}
_KNOWN = {place: frozenset(codes.split()) for place, codes in _CODES.items()}


def codes(segment: Segment) -> Iterator[str]:
    """Values that are none of the codes in use."""
    for place in range(1, len(segment.elements)):
        known, value = _KNOWN.get((segment.tag, place)), segment.at(place)
        if known is not None and value and value not in known:
            yield f"{segment}: {segment.tag}{place:02d} is none of {', '.join(sorted(known))}"
