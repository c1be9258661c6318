"""What is declared: a partner's changes and additions, sets of the site's own, and mistakes in them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from pydantic import ValidationError

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.formats.edi.declaration import SetDeclaration
from airflow_provider_mlconnector.formats.edi.layout import EdiLayout
from tests.unit.formats.edi.samples import SAMPLES, Sample, invoic, invoice, order
from tests.unit.formats.edi.writing import EDIFACT, X12, write

INVOICE = SAMPLES["810"].layout
RECEIPT = {
    "standard": "x12",
    "set": "861",
    "title": "receipt",
    "group": "RC",
    "release": "004010",
    "document": [{"REF": ["=ZZ", "receipt"], "needed": True}],
    "lines": [{"LIN": ["#line", "=BP", "part"], "needed": True}, {"SN1": [None, "quantity", "unit"], "needed": True}],
    "summary": [{"CTT": ["#lines", "#sum(quantity)"], "needed": True}],
}
RECEIPTS: list[dict[str, Any]] = [
    {"_key": "R1", "receipt": "R1", "part": "P1", "quantity": 2, "unit": "EA"},
    {"_key": "R1", "receipt": "R1", "part": "P2", "quantity": 3, "unit": "EA"},
]


def layout(**given: Any) -> EdiLayout:
    return EdiLayout.model_validate({"file_name": "{sequence}", **INVOICE, **given})


def tags(sample: Sample, **given: Any) -> list[str]:
    rows = sample.rows("N1", 1)
    return [segment[:3].rstrip("*") for segment in write({**sample.layout, **given}, sample.profile, rows).body[1:-1]]


def test_a_segment_that_a_partner_does_not_take_is_left_out_and_not_counted() -> None:
    whole = tags(SAMPLES["810"])
    omitted = [{"segment": name, "omit": True} for name in ("ITD", "CTT")]
    rows = [
        {name: value for name, value in row.items() if not name.startswith(("terms", "discount", "net", "due"))}
        for row in invoice()
    ]
    done = write({**INVOICE, "changes": omitted}, X12, rows)
    assert [segment[:3].rstrip("*") for segment in done.body[1:-1]] == [
        tag for tag in whole if tag not in ("ITD", "CTT")
    ]
    assert done.body[-1] == f"SE*{len(whole)}*000000001"


def test_elements_change_by_their_place() -> None:
    changes = [{"segment": "BIG", "elements": {5: None, 7: "=PR", 10: "document_reference"}}]
    done = write(
        {**INVOICE, "changes": changes},
        X12,
        [{k: v for k, v in row.items() if k not in ("kind", "release_number")} for row in invoice()],
    )
    assert done.body[1] == "BIG*20260115*INV1*20260102*PO1***PR*00**D9"


def test_a_composite_changes_as_a_whole() -> None:
    sample = SAMPLES["INVOIC"]
    changes = [{"segment": "LIN", "elements": {3: ["article", "=EN"]}}]
    rows = [{name: value for name, value in row.items() if name != "article_kind"} for row in invoic()]
    assert "LIN+1++A1:EN" in write({**sample.layout, "changes": changes}, EDIFACT, rows).body


def test_a_segment_may_become_needed() -> None:
    rows = [{name: value for name, value in row.items() if name != "currency"} for row in invoice()]
    assert not any(segment.startswith("CUR") for segment in write(INVOICE, X12, rows).body)
    done = write({**INVOICE, "changes": [{"segment": "CUR", "needed": True}]}, X12, rows)
    assert list(done.refused.values()) == [("currency (CUR02)", "is missing; CUR02 is mandatory")]


def test_additions_stand_behind_what_they_name() -> None:
    additions = [
        {"after": "BIG", "use": {"name": "first", "REF": ["=IV", "vat_id"]}},
        {"after": "BIG", "use": {"name": "second", "REF": ["=DP", "department"], "needed": True}},
        {"after": "IT1", "use": {"name": "line", "REF": ["=PK", "packing_slip"]}},
    ]
    rows = [{**row, "vat_id": "V1", "department": "D1", "packing_slip": row["line_number"]} for row in invoice("A", 2)]
    done = write({**INVOICE, "additions": additions}, X12, rows)
    plain = write(INVOICE, X12, invoice("A", 2))
    added = ["REF*IV*V1", "REF*DP*D1", "REF*PK*1", "REF*PK*2"]
    assert [segment for segment in done.body if segment in added] == added
    assert done.body[2:4] == added[:2]
    assert len(done.body) == len(plain.body) + 4
    assert done.body[-1] == f"SE*{len(done.body)}*000000001"


def test_a_set_of_the_sites_own() -> None:
    done = write({"format": "x12", "declaration": RECEIPT, "document": "receipt"}, X12, RECEIPTS)
    assert "~GS*RC*" in done.text
    lines = ["LIN*1*BP*P1", "SN1**2*EA", "LIN*2*BP*P2", "SN1**3*EA"]
    assert done.body == ["ST*861*000000001", "REF*ZZ*R1", *lines, "CTT*2*5", "SE*8*000000001"]


def test_places_of_a_set_are_checked_against_each_record() -> None:
    rows = [{**row, "unit": "PCE"} for row in RECEIPTS]
    done = write({"format": "x12", "declaration": RECEIPT, "document": "receipt"}, X12, rows)
    assert list(done.refused.values()) == [("unit (SN103)", "has more than 2 characters")]


@pytest.mark.parametrize(
    ("note", "given", "broken"),
    [
        *[("TD1", {"weight": 1}, True), ("TD1", {"weight": 1, "weight_unit": "KG"}, False)],
        *[
            ("N1", {"name": None, "id": "77"}, True),
            ("N1", {"name": "A"}, False),
            ("N1", {"code": "92", "id": "77"}, False),
        ],
        *[
            ("ITD", {"percent": 2}, True),
            ("ITD", {"percent": 2, "day": 5}, False),
            ("ITD", {"percent": 2, "days": 5}, False),
        ],
        *[("N4", {"place": "X"}, True), ("N4", {"place": "X", "kind": "A"}, False), ("N4", {"kind": "A"}, False)],
    ],
)
def test_relations_between_elements_are_held(note: str, given: dict[str, Any], broken: bool) -> None:
    """P all or none, R at least one, L if the first then one of the others, C if the first then all others (X12.6)."""
    uses = {
        "TD1": [None, None, None, None, None, None, "weight", "weight_unit"],
        "N1": ["=ST", "name", "code", "id"],
        "ITD": ["=01", None, "percent", None, "days", None, None, None, None, None, None, None, "day"],
        "N4": [None, None, None, None, "kind", "place"],
    }
    declaration = {**RECEIPT, "document": [*RECEIPT["document"], {note: uses[note]}]}
    rows = [*RECEIPTS, *({**row, "_key": "R2", "receipt": "R2", **given} for row in RECEIPTS)]
    done = write({"format": "x12", "declaration": declaration, "document": "receipt"}, X12, rows)
    assert list(done.refused) == (["R2"] if broken else [])
    assert all(f" of {note}" in reason for _, reason in done.refused.values())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"set": "820"},
            "x12 has no set '820' here; there are 810: invoice; 830: planning schedule; 838: vendor master",
        ),
        ({"set": "INVOIC"}, "x12 has no set 'INVOIC' here"),
        ({"format": "edifact"}, "edifact has no set '810' here; there are INVOIC: invoice; ORDERS: purchase order"),
        ({"set": ""}, "there are 810: invoice"),
        ({"document": ""}, "set 810 needs one: the field whose change begins a new one"),
        ({"set": "838"}, "document: set 838 takes none"),
        ({"file_name": "{sequence}{group}"}, "one file has one interchange"),
        ({"changes": [{"segment": "IT2", "omit": True}]}, "set 810 has no segment 'IT2'; it has BIG, CTT, CUR, IT1"),
        ({"additions": [{"after": "IT2", "use": {"PID": ["=F"]}}]}, "set 810 has no segment 'IT2'"),
        ({"additions": [{"after": "IT1", "use": {"ZZZ": ["=F"]}}]}, "x12 segment ZZZ is not known here"),
        ({"additions": [{"after": "IT1", "use": {"PID": ["=F"]}}]}, "PID stands twice; give each a name of its own"),
        ({"changes": [{"segment": "BIG", "elements": {2: None}}]}, "BIG02 is mandatory in BIG"),
        ({"changes": [{"segment": "BIG", "elements": {11: "x"}}]}, "BIG has 10 elements, not 11"),
        ({"changes": [{"segment": "BIG", "elements": {0: "=00"}}]}, ""),
        ({"changes": [{"segment": "BIG", "elements": {7: "=QQ"}}]}, "BIG07: 'QQ' is none of CI, CN"),
        ({"changes": [{"segment": "BIG", "elements": {8: "=000"}}]}, "BIG08: '000' has more than 2 characters"),
        ({"changes": [{"segment": "BIG", "elements": {8: "="}}]}, "an element that is always empty is left out"),
        ({"changes": [{"segment": "BIG", "elements": {8: "#sum"}}]}, "'#sum' is not known; there are #lines, #line"),
        ({"changes": [{"segment": "BIG", "elements": {2: ["a", "b"]}}]}, "BIG02 has no component 2"),
        ({"changes": [{"segment": "BIG", "elements": {8: "=00"}}, {"segment": "BIG", "elements": {9: "=A"}}]}, ""),
        ({"colour": "red"}, "Extra inputs are not permitted"),
        ({"most_lines": 0}, "greater than or equal to 1"),
    ],
)
def test_a_layout_that_does_not_fit_says_so(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as raised:
        layout(**given)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"orders": [{"HL": ["#hl", "#parent", "=O"]}]}, "orders need the field order"),
        ({"lines": [{"tag": "xLINx", "elements": ["#line", "=BP", "part"]}]}, "String should match pattern"),
        ({"standard": "edifact"}, "edifact segment REF is not known here"),
        ({"lines": [{"LIN": ["#line", "=BP", {"field": "part", "text": "X"}]}]}, "a field, a text or computed"),
    ],
)
def test_a_set_that_does_not_follow_the_standard_says_so(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as raised:
        SetDeclaration.model_validate({**RECEIPT, **given})
    assert said in str(raised.value)


def test_a_field_without_a_place_names_itself_and_those_that_have_one() -> None:
    rows = [{**row, "gl_code": "1", "_hidden": "x", "colour": "red"} for row in invoice()]
    with pytest.raises(ConfigurationError) as raised:
        write(INVOICE, X12, rows)
    assert raised.value.message == "set 810 has no place for colour, gl_code."
    assert "account, buyer_id, buyer_name" in raised.value.next_step


def test_fields_of_an_omitted_segment_have_no_place() -> None:
    with pytest.raises(ConfigurationError, match=r"set 850 has no place for buyer_contact, buyer_contact_number"):
        write({**SAMPLES["850"].layout, "changes": [{"segment": "PER", "omit": True}]}, X12, order())


@pytest.mark.parametrize("given", [{"document": "voucher"}, {"totals": {"amount": "voucher"}}])
def test_data_without_what_the_layout_names(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"the data don't have voucher"):
        write({**INVOICE, **given}, X12, invoice())


def test_the_document_may_be_told_by_a_field_that_is_not_written() -> None:
    rows = [{**row, "voucher": key} for key in ("A/1", "B/1") for row in invoice("1", 1)]
    rows = [{**row, "_key": row["voucher"]} for row in rows]
    done = write({**INVOICE, "document": "voucher"}, X12, rows)
    assert [segment for segment in done.body if segment.startswith(("ST", "BIG"))] == [
        "ST*810*000000001",
        "BIG*20260115*1*20260102*PO1*R3**DI*00",
        "ST*810*000000002",
        "BIG*20260115*1*20260102*PO1*R3**DI*00",
    ]


@pytest.mark.parametrize(("name", "profile"), [("810", EDIFACT), ("INVOIC", X12)])
def test_layout_and_partner_speak_of_one_standard(name: str, profile: dict[str, Any]) -> None:
    sample = dataclasses.replace(SAMPLES[name], profile=profile)
    with pytest.raises(ConfigurationError, match=r"partner acme takes (x12|edifact), and the layout is (x12|edifact)"):
        write(sample.layout, sample.profile, sample.rows("N1", 1))


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("810", {"name": "more", "REF": ["=ZZ", "=A*B"], "needed": True}),
        ("810", {"name": "more", "REF": ["=ZZ", "=A~"], "needed": True}),
        ("810", {"name": "more", "REF": ["=ZZ", "=Größe"], "needed": True}),
        ("INVOIC", {"name": "more", "RFF": [["=CT", "=Größe"]], "needed": True}),
    ],
)
def test_a_constant_that_the_partner_can_not_read_is_a_mistake_of_the_layout(name: str, use: dict[str, Any]) -> None:
    sample = SAMPLES[name]
    after = "BIG" if name == "810" else "BGM"
    with pytest.raises(ConfigurationError):
        write({**sample.layout, "additions": [{"after": after, "use": use}]}, sample.profile, sample.rows("N1", 1))


def test_a_constant_with_a_delimiter_is_released() -> None:
    sample = SAMPLES["INVOIC"]
    additions = [{"after": "BGM", "use": {"name": "more", "RFF": [["=CT", "=A+B'C"]], "needed": True}}]
    done = write({**sample.layout, "additions": additions}, EDIFACT, invoic())
    assert "'RFF+CT:A?+B?'C'" in done.text
