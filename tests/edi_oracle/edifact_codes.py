"""Codes of EDIFACT D.96A for the elements in use (sheet edi.md, 3.2).

The lists are not whole: a code that is missing here is wrong, or new in our files; then look it up, and add it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.edi_oracle.tokens import Segment

# UN/ECE Recommendation 20, whose codes are not those of X12.
_UNITS = "BX C62 CT DZN EA GRM HUR KGM KMT LTR MTK MTQ MTR PCE PK SET TNE"
_ARTICLES = "BP EN IN MF SA UP"
_CODES: dict[tuple[str, int, int], str] = {
    ("ALC", 1, 1): "A C",
    ("ALC", 5, 1): "DI FC IN PC",
    ("BGM", 1, 1): "220 380 381 383 384 389",
    ("BGM", 3, 1): "1 5 7 9",
    ("CNT", 1, 1): "1 2",
    ("CUX", 1, 1): "2",
    ("CUX", 1, 3): "4 9",
    ("DTM", 1, 1): "2 3 11 13 35 131 137 171",
    ("DTM", 1, 3): "102 203",
    ("FTX", 1, 1): "AAI ZZZ",
    ("IMD", 1, 1): "F",
    ("LIN", 3, 2): _ARTICLES,
    ("MOA", 1, 1): "8 9 23 77 79 86 124 125 131 176 203",
    ("NAD", 1, 1): "BY DP II IV PE PR SE SU",
    ("NAD", 2, 3): "9 91 92",
    ("PAT", 1, 1): "1 3 22",
    ("PIA", 1, 1): "1 5",
    ("PIA", 2, 2): _ARTICLES,
    ("PIA", 3, 2): _ARTICLES,
    ("PRI", 1, 1): "AAA AAB",
    ("QTY", 1, 1): "12 21 46 47",
    ("QTY", 1, 3): _UNITS,
    ("RFF", 1, 1): "AAK ACE ADE CT DQ IA IV ON VA ZZZ",
    ("TAX", 1, 1): "7",
    ("TAX", 2, 1): "GST VAT",
    ("TAX", 6, 1): "E S Z",
    ("UNS", 1, 1): "S",
}
_KNOWN = {place: frozenset(codes.split()) for place, codes in _CODES.items()}


def codes(segment: Segment) -> Iterator[str]:
    """Values that are none of the codes in use."""
    for element in range(1, len(segment.elements)):
        for component, value in enumerate(segment.elements[element], 1):
            known = _KNOWN.get((segment.tag, element, component))
            if known is not None and value and value not in known:
                yield f"{segment}: {value!r} is none of {', '.join(sorted(known))}"
