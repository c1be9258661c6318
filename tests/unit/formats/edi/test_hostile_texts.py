"""Whatever a text holds: it reads back as it was cleaned, field by field, or its record is refused; nothing breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_mlconnector.formats.edi.declaration import shipped
from airflow_provider_mlconnector.formats.edifact import read as edifact
from airflow_provider_mlconnector.formats.x12 import read as x12
from tests.unit.formats.edi.model import Agreed, Model, RefusedError, Segment
from tests.unit.formats.edi.samples import SAMPLES
from tests.unit.formats.edi.writing import Row, Written, write

KNOWN = {"date": "20260331", "time": "1405", "number": "7"}
LENGTHS = (1, 2, 3, 6, 9, 17, 22, 23, 30, 31, 35, 36, 45, 55, 56, 60, 61, 70, 71, 80, 81, 300)
SIGNS = "aZ7 *~>:+'?^|!\\,.-_&@üÄßé¿\u00d7\u00a0€日ıﬁ\n\r\t\x00\x1c\x85\u2028\u0301\U0001f600"
REPLACEMENTS: tuple[dict[str, str], ...] = (
    {},
    {"default": " "},
    {"default": "", "ü": "ue", "Ä": "Ae", "*": "x"},
    {"default": "?", "ß": "ss", "~": "*"},
)
FIXED = (
    *("", " ", "   ", "*", "~", ">", ":", "+", "'", "?", "??", "??+", "?+", "+'?:", "a?'b", "?" * 35, "'" * 300),
    *("line\nend", "\r\n", "\t", "\x00", "Müller & Söhne", "ÄÖÜß", "€ 5", "日本", "a" * 300, " lead", "trail   "),
    *(" " * 80 + "x", "a" * 34 + "?'", "a" * 34 + "  b", "ISA*00*", "~SE*2*0001~", "'UNT+2+1'", "7"),
)
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "x12": [
        {"characters": "basic"},
        {"characters": "extended", "delimiters": {"suffix": "crlf"}},
        {"characters": "extended", "delimiters": {"element": "|", "component": "^", "segment": "\n"}},
        {"characters": "basic", "delimiters": {"element": "+", "component": ":", "segment": "'", "suffix": "lf"}},
    ],
    "edifact": [
        {"characters": "unoa"},
        {"characters": "unob", "delimiters": {"suffix": "lf"}},
        {"characters": "unoc"},
        {"characters": "unoc", "delimiters": {"element": "|", "component": "^", "segment": "~", "release": "\\"}},
    ],
}


def lengthened(text: str, length: int) -> str:
    return (text * length)[:length]


HOSTILE = (
    st.text(st.sampled_from(SIGNS), max_size=12)
    | st.builds(lengthened, st.text(st.sampled_from(SIGNS), min_size=1, max_size=4), st.sampled_from(LENGTHS))
    | st.sampled_from(FIXED)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
)


def texts_of(name: str) -> list[str]:
    """The fields of a set that hold texts."""
    return sorted(
        key for key, value in SAMPLES[name].rows("N", 1)[0].items() if isinstance(value, str) and key != "_key"
    )


def check(name: str, profile: Mapping[str, Any], changes: Sequence[Mapping[str, str | None]], lines: int = 2) -> None:
    """Write one document for each of the changes to it, and compare what goes out with the model."""
    sample = SAMPLES[name]
    documents: list[list[Row]] = [
        [{**row, "voucher": str(place), **change} for row in sample.rows(f"N{place}", 1 if name == "838" else lines)]
        for place, change in enumerate(changes)
    ]
    layout = dict(sample.layout)
    if name == "838":
        documents = [
            [{key: value for key, value in row.items() if key != "voucher"} for row in each] for each in documents
        ]
    else:
        # A field that is not written tells the documents, however much their numbers may look alike.
        layout["document"] = "voucher"
    done = write(layout, {**sample.profile, **profile}, [row for rows in documents for row in rows])
    expected, refused = modelled(name, profile, documents)
    assert set(done.refused) == refused
    assert sets_of(done, name) == expected


def modelled(name: str, profile: Mapping[str, Any], documents: list[list[Row]]) -> tuple[list[list[Segment]], set[str]]:
    standard = SAMPLES[name].layout["format"]
    used = {"element": "*", "component": ">", "segment": "~", **profile.get("delimiters", {})}
    signs = used["element"] + used["component"] + used["segment"] if standard == "x12" else ""
    agreed = Agreed(profile["characters"], signs, profile.get("replacements", {}))
    model = Model(shipped(standard)[name], agreed, KNOWN)
    kept, refused = [], set()
    for rows in documents:
        try:
            kept.append((rows, model.segments(rows)))
        except RefusedError:
            refused |= {row["_key"] for row in rows}
    if name == "838":
        rows = [row for rows, _ in kept for row in rows]
        return ([model.segments(rows)] if rows else []), refused
    return [segments for _, segments in kept], refused


def sets_of(done: Written, name: str) -> list[list[Segment]]:
    """What stands between the headers and trailers of sets, whose counts and numbers must be right."""
    if not done.streams:
        return []
    segments = _x12(done) if SAMPLES[name].layout["format"] == "x12" else _edifact(done)
    found: list[list[Segment]] = []
    body: list[Segment] = []
    for segment in segments:
        body.append(segment)
        if segment[0][0] in ("SE", "UNT"):
            header, *inner, trailer = body
            assert (header[0][0], trailer[0][0]) in (("ST", "SE"), ("UNH", "UNT"))
            number = header[2] if trailer[0][0] == "SE" else header[1]
            assert trailer[1:] == ((str(len(body)),), number)
            found.append(inner)
            body = []
    assert body == []
    assert len(found) == done.result.files[0].documents
    return found


def _x12(done: Written) -> list[Segment]:
    [interchange] = x12.interchanges(done.content)
    group, *inner, end = interchange.segments
    assert (group.tag, end.tag) == ("GS", "GE")
    split = [[tuple(each.split(interchange.component)) for each in segment.elements] for segment in inner]
    return [tuple(elements) for elements in split]


def _edifact(done: Written) -> list[Segment]:
    [interchange] = edifact.interchanges(done.content)
    return [((segment.tag,), *segment.elements) for segment in interchange.segments]


@pytest.mark.parametrize("agreed", range(4))
@pytest.mark.parametrize("name", SAMPLES)
def test_every_field_takes_every_hostile_text_or_is_refused(name: str, agreed: int) -> None:
    profile = {**SETTINGS[SAMPLES[name].layout["format"]][agreed], "replacements": REPLACEMENTS[agreed]}
    check(name, profile, [{}, *({field: text} for field in texts_of(name) for text in FIXED), {}], lines=1)


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=40)
@given(data=st.data())
def test_any_texts_in_any_fields(name: str, data: st.DataObject) -> None:
    changes = st.dictionaries(st.sampled_from(texts_of(name)), HOSTILE, max_size=4)
    profile = data.draw(st.sampled_from(SETTINGS[SAMPLES[name].layout["format"]]))
    replacements = data.draw(st.sampled_from(REPLACEMENTS))
    check(name, {**profile, "replacements": replacements}, data.draw(st.lists(changes, min_size=1, max_size=5)))


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=30)
@given(data=st.data())
def test_fields_may_be_missing_in_any_way(name: str, data: st.DataObject) -> None:
    fields = [key for key in SAMPLES[name].rows("N", 1)[0] if key != "_key"]
    sums = {"total", "line_amount", "line_tax_amount", "tax_amount", "charge_amount"}
    absent = st.lists(st.sampled_from([key for key in fields if key not in sums]), max_size=8, unique=True)
    changes: list[dict[str, str | None]] = [
        dict.fromkeys(names) for names in data.draw(st.lists(absent, min_size=1, max_size=6))
    ]
    characters = "extended" if SAMPLES[name].layout["format"] == "x12" else "unob"
    check(name, {"characters": characters}, [{}, *changes])


@settings(max_examples=40)
@given(st.text(st.sampled_from(SIGNS), max_size=80), st.sampled_from(SETTINGS["edifact"]))
def test_released_texts_read_back(text: str, profile: dict[str, Any]) -> None:
    rows = [{**row, "text": text} for row in SAMPLES["INVOIC"].rows("N1", 1)]
    done = write(SAMPLES["INVOIC"].layout, {**SAMPLES["INVOIC"].profile, **profile}, rows)
    try:
        cleaned = Agreed(profile["characters"]).cleaned(text)
    except RefusedError:
        assert list(done.refused) == ["N1"]
        return
    [segments] = sets_of(done, "INVOIC")
    read = [segment[4][0] for segment in segments if segment[0][0] == "FTX"]
    assert read == ([] if cleaned is None else [cleaned[:70].rstrip(" ")])
