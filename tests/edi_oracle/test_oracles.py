"""The oracles themselves: they are content with what is right, and each fault is seen by those who must see it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.edi_oracle import oracle
from tests.edi_oracle.finding import Finding
from tests.edi_oracle.oracle import check_edifact, check_x12

SAMPLES = Path(__file__).parent / "samples"

# Sample, what stands instead of what stands there once, and who must see it, each of them.
Fault = tuple[str, dict[str, str], str]
X12_FAULTS: dict[str, Fault] = {
    "segments_miscounted": ("810_smallest", {"SE*12*": "SE*13*"}, "bots pyx12 sums"),
    "sets_miscounted": ("810", {"GE*2*": "GE*1*"}, "bots pyx12 sums"),
    "groups_miscounted": ("850", {"IEA*1*": "IEA*2*"}, "bots pyx12 sums"),
    "set_numbers_differ": ("850", {"SE*22*0001": "SE*22*0002"}, "bots pyx12 sums"),
    "group_numbers_differ": ("850", {"GE*1*1": "GE*1*2"}, "bots pyx12 sums"),
    "interchange_numbers_differ": ("850", {"IEA*1*000000001": "IEA*1*000000002"}, "bots pyx12 sums"),
    "set_number_used_twice": (
        "810",
        {"ST*810*000000002": "ST*810*000000001", "SE*8*000000002": "SE*8*000000001"},
        "pyx12 sums",
    ),
    "trailer_missing": ("810_smallest", {"SE*12*0001~\n": ""}, "bots pyx12 sums"),
    "isa_not_padded": ("810_smallest", {"SENDERID       *": "SENDERID*"}, "bots pyx12 sums"),
    "isa_date_impossible": ("810_smallest", {"*260115*": "*261315*"}, "bots sums"),
    "unknown_usage": ("810_smallest", {"*0*T*": "*0*X*"}, "sums"),
    "wrong_group_code": ("810_smallest", {"GS*IN*": "GS*PO*"}, "sums"),
    "mandatory_segment_missing": (
        "810_smallest",
        {"BIG*20260115*INV0000001*20260102*PO000001***DI~\n": "", "SE*12*": "SE*11*"},
        "bots",
    ),
    "mandatory_element_missing": ("810_smallest", {"BIG*20260115*INV0000001*": "BIG*20260115**"}, "bots"),
    "wrong_order": ("810_smallest", {"CUR*SE*USD~\nREF*VN*V00001~": "REF*VN*V00001~\nCUR*SE*USD~"}, "bots"),
    "segment_of_another_set": (
        "810_smallest",
        {"CTT*1~": "BSN*00*SH1*20260115*1200~\nCTT*1~", "SE*12*": "SE*13*"},
        "bots",
    ),
    "unknown_code": ("850", {"BEG*00*SA*": "BEG*00*QQ*"}, "sums"),
    "unit_of_another_list": ("850", {"2.5*KG*": "2.5*KGM*"}, "bots sums"),
    "case_that_is_a_cassette": ("810_smallest", {"*EA*": "*CS*"}, "sums"),
    "too_long": ("810_smallest", {"INV0000001": "INV00000010000000000000"}, "bots"),
    "too_short": ("850", {"*SPRINGFIELD*": "*S*"}, "bots"),
    "too_many_elements": ("838", {"LX*2~": "LX*2*3~"}, "bots"),
    "delimiter_within_text": ("810_smallest", {"ACME SUPPLY INC": "ACME*SUPPLY*INC"}, "bots sums"),
    "terminator_within_text": ("810_smallest", {"ACME SUPPLY INC": "ACME~SUPPLY INC"}, "bots pyx12 sums"),
    "not_a_number": ("850", {"PO1*1*10*": "PO1*1*TEN*"}, "bots sums"),
    "trailing_point": ("850", {"*KG*4*": "*KG*4.*"}, "sums"),
    "cents_with_a_point": ("810_smallest", {"TDS*6505": "TDS*65.05"}, "bots sums"),
    "total_of_the_100x_kind": ("810_smallest", {"TDS*6505": "TDS*65"}, "sums"),
    "total_without_freight": ("810_smallest", {"TDS*6505": "TDS*4005"}, "sums"),
    "allowance_added": ("810", {"SAC*A*C310": "SAC*C*C310"}, "sums"),
    "tax_left_out": ("810", {"TDS*7570": "TDS*7330"}, "sums"),
    "amount_of_an_order": ("850", {"AMT*TT*153.5": "AMT*TT*143.5"}, "sums"),
    "lines_miscounted": ("810_smallest", {"CTT*1": "CTT*2"}, "sums"),
    "hash_total": ("830", {"CTT*2*115.5": "CTT*2*115"}, "sums"),
    "levels_miscounted": ("856", {"CTT*6": "CTT*2"}, "sums"),
    "level_number": ("856", {"HL*5*2*P": "HL*7*2*P"}, "pyx12 sums"),
    "level_below_an_item": ("856", {"HL*5*2*P": "HL*5*4*P"}, "sums"),
    "vendors_misnumbered": ("838", {"LX*2": "LX*3"}, "sums"),
    "date_impossible": ("830", {"*20260228~": "*20260230~"}, "bots sums"),
    "date_of_six_digits": ("856", {"DTM*011*20260115": "DTM*011*260115"}, "sums"),
    "half_a_pair": ("810_smallest", {"*VP*VMAT00001": "*VP"}, "sums"),
    "price_without_unit": ("810_smallest", {"IT1*1*3*EA*": "IT1*1*3**"}, "sums"),
    "trailing_separators": ("810_smallest", {"CUR*SE*USD~": "CUR*SE*USD**~"}, "pyx12 sums"),
    "trailing_space": ("810_smallest", {"ACME SUPPLY INC": "ACME SUPPLY "}, "sums"),
    "empty_segment": ("810_smallest", {"CTT*1~": "~CTT*1~"}, "bots pyx12 sums"),
    "foreign_character": ("810_smallest", {"ACME SUPPLY INC": "ACME SÜPPLY INC"}, "bots sums"),
    "line_ends_differ": ("810_smallest", {"CTT*1~\n": "CTT*1~"}, "sums"),
    "something_behind": ("810_smallest", {"IEA*1*000000001~\n": "IEA*1*000000001~\nX"}, "bots sums"),
}
EDIFACT_FAULTS: dict[str, Fault] = {
    "segments_miscounted": ("orders", {"UNT+23+": "UNT+24+"}, "bots sums"),
    "messages_miscounted": ("invoic", {"UNZ+2+": "UNZ+1+"}, "bots sums"),
    "message_references_differ": ("invoic", {"UNT+34+1": "UNT+34+9"}, "bots sums"),
    "interchange_references_differ": ("invoic", {"UNZ+2+1": "UNZ+2+9"}, "bots sums"),
    "message_reference_used_twice": ("invoic", {"UNH+2+": "UNH+1+", "UNT+12+2": "UNT+12+1"}, "sums"),
    "trailer_missing": ("orders", {"UNT+23+1'\n": ""}, "bots sums"),
    "mandatory_segment_missing": ("orders", {"BGM+220+PO000001+9'\n": "", "UNT+23+": "UNT+22+"}, "bots"),
    "total_missing": ("invoic", {"MOA+77:13.35'\n": "", "UNT+12+": "UNT+11+"}, "bots sums"),
    "wrong_order": (
        "orders",
        {"IMD+F++:::Widget type 1'\nQTY+21:10:PCE'": "QTY+21:10:PCE'\nIMD+F++:::Widget type 1'"},
        "bots",
    ),
    "segment_of_another_message": ("orders", {"CNT+2:2'": "CNT+2:2'\nHAN+1'", "UNT+23+": "UNT+24+"}, "bots"),
    "too_long": ("orders", {"Acme Supply Inc": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, "bots"),
    "unreleased_apostrophe": ("invoic", {"O?'NEIL": "O'NEIL"}, "bots sums"),
    "unreleased_plus": ("invoic", {"?+ CO": "+ CO"}, "bots"),
    "unit_of_x12": ("orders", {"2.5:KGM": "2.5:KG"}, "sums"),
    "unknown_code": ("invoic", {"BGM+381": "BGM+999"}, "sums"),
    "released_terminator": ("invoic", {"UNZ+2+1'": "UNZ+2+1?'"}, "bots sums"),
    "decimal_comma": ("invoic", {"MOA+203:40.05": "MOA+203:40,05"}, "bots sums"),
    "not_a_number": ("invoic", {"QTY+47:3:": "QTY+47:THREE:"}, "bots sums"),
    "line_amount": ("invoic", {"MOA+203:40.05": "MOA+203:40.06"}, "sums"),
    "price_basis": ("invoic", {"4.125:::100": "4.125"}, "sums"),
    "sum_of_lines": ("invoic", {"MOA+79:50.36": "MOA+79:50.35"}, "sums"),
    "total": ("invoic", {"MOA+77:82.9'": "MOA+77:75.36'"}, "sums"),
    "allowance_for_charge": ("invoic", {"ALC+C": "ALC+A"}, "sums"),
    "lines_miscounted": ("orders", {"CNT+2:2": "CNT+2:1"}, "sums"),
    "date_impossible": ("orders", {"20260131:102": "20260231:102"}, "sums"),
    "date_of_another_format": ("invoic", {"20260114:102": "202601141200:102"}, "sums"),
    "trailing_separator": ("orders", {"CUX+2:USD:9'": "CUX+2:USD:9+'"}, "sums"),
    "trailing_component": ("orders", {"CUX+2:USD:9'": "CUX+2:USD:9:'"}, "sums"),
    "utf_8_under_unoc": ("invoic", {"OUR COMPANY": "ÖUR COMPANY"}, "sums"),
    "lower_case_under_unoa": ("orders", {"UNOB:3": "UNOA:3"}, "sums"),
}


def sample(name: str) -> bytes:
    [file] = SAMPLES.glob(f"{name}.*")
    return file.read_bytes()


def broken(fault: Fault) -> bytes:
    name, changes, _ = fault
    content = sample(name).decode()
    for old, new in changes.items():
        assert content.count(old) == 1, f"{old} stands {content.count(old)} times in {name}"
        content = content.replace(old, new)
    return content.encode()


@cache
def x12_findings() -> list[Finding]:
    return check_x12({name: broken(fault) for name, fault in X12_FAULTS.items()})


@cache
def edifact_findings() -> list[Finding]:
    return check_edifact({name: broken(fault) for name, fault in EDIFACT_FAULTS.items()})


def test_right_x12_files_are_found_right() -> None:
    files = {file.name: file.read_bytes() for file in SAMPLES.glob("*.x12")}
    assert {name.partition(".")[0] for name in files} == {"810_smallest", "810", "830", "838", "850", "856"}
    assert check_x12(files) == []


def test_right_edifact_files_are_found_right() -> None:
    files = {file.name: file.read_bytes() for file in SAMPLES.glob("*.edifact")}
    assert {name.partition(".")[0] for name in files} == {"invoic", "orders"}
    assert check_edifact(files) == []


@pytest.mark.parametrize(
    ("old", "new"), [(b"~\n", b"~"), (b"~\n", b"~\r\n"), (b"~\n", b"\n"), (b"*", b"|"), (b">", b":")]
)
def test_other_delimiters_are_as_right(old: bytes, new: bytes) -> None:
    files = {name: sample(name).replace(old, new) for name in ("810", "850", "856")}
    assert check_x12(files) == []


def test_releases_of_partners_are_read_by_the_plain_grammar() -> None:
    assert check_x12({"vics": sample("810").replace(b"*004010~", b"*004010VICS~")}) == []
    assert check_edifact({"ean": sample("invoic").replace(b":96A:UN'", b":96A:UN:EAN008'")}) == []


def test_an_edifact_file_may_have_its_own_delimiters_or_none() -> None:
    content = sample("orders")
    assert check_edifact({"without": content.removeprefix(b"UNA:+.? '\n")}) == []
    other = content.replace(b"+", b"|").replace(b":", b"^").replace(b"'", b"~").replace(b".", b",")
    assert check_edifact({"other": other}) == []


def test_a_total_may_be_rounded_as_a_whole() -> None:
    assert check_x12({"810": sample("810").replace(b"TDS*7570~", b"TDS*7571~")}) == []


@pytest.mark.parametrize("name", X12_FAULTS)
def test_an_x12_fault_is_seen(name: str) -> None:
    seen = {each.tool for each in x12_findings() if each.file == name}
    assert seen >= set(X12_FAULTS[name][-1].split())


@pytest.mark.parametrize("name", EDIFACT_FAULTS)
def test_an_edifact_fault_is_seen(name: str) -> None:
    seen = {each.tool for each in edifact_findings() if each.file == name}
    assert seen >= set(EDIFACT_FAULTS[name][-1].split())


def test_what_is_no_interchange_at_all_is_found_wrong() -> None:
    files = {"empty": b"", "text": b"hello", "half": sample("810")[:100], "line": b"\n"}
    for check in (check_x12, check_edifact):
        assert {(each.tool, each.file) for each in check(files)} >= {
            (tool, name) for tool in ("bots", "sums") for name in files
        }


def test_the_character_set_is_the_one_agreed() -> None:
    texts = [each.text for each in check_x12({"838": sample("838")}, characters="basic")]
    assert any("ap@acme.example" in text and "outside of the basic set" in text for text in texts)


def test_a_missing_environment_says_what_makes_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(oracle, "PYTHON", tmp_path / "python")
    with pytest.raises(FileNotFoundError, match=r"make \.venv-edi"):
        check_edifact({"orders": sample("orders")})


def test_many_files_are_told_apart() -> None:
    files = {"right": sample("orders"), "wrong": broken(EDIFACT_FAULTS["total_missing"])}
    assert {each.file for each in check_edifact(files)} == {"wrong"}
