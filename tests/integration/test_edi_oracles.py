"""Every set, from varied rows, passes tools that were not written here, and sums that share no code with the writer."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import yaml

from airflow_provider_mlconnector.mapping.apply import Mapper
from airflow_provider_mlconnector.mapping.load import load_mapping
from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox
from airflow_provider_mlconnector.streams.fingerprint import with_fingerprints
from airflow_provider_mlconnector.systems.intacct.config import from_fields
from airflow_provider_mlconnector.systems.intacct.connection import IntacctConnection
from airflow_provider_mlconnector.systems.intacct.streams import load_streams
from tests.edi_oracle.finding import Finding
from tests.edi_oracle.oracle import check_edifact, check_x12
from tests.support.pages import ROOT, blocks
from tests.unit.formats.edi.samples import SAMPLES, Sample
from tests.unit.formats.edi.writing import Row, Written, write

# Fields that a document may do without, as a whole.
_OPTIONAL = (
    *("description", "supplier_code supplier_tax_id", "document_reference", "currency", "text", "contract"),
    *("line_requested_date", "requested_date", "ship_date", "delivery_date", "account", "cost_center"),
    *("ship_to_street ship_to_street_2", "ship_to_street_2", "supplier_street_2", "order_date", "price price_basis"),
    *("buyer_name buyer_qualifier buyer_id buyer_agency", "buyer_contact buyer_contact_qualifier buyer_contact_number"),
    *("terms_text", "terms_kind due_date", "discount_percent discount_date discount_days discount_amount"),
    "terms_type terms_basis terms_text net_days due_date",
    *("vendor_part vendor_part_qualifier", "line_order line_order_qualifier", "carrier transport_method"),
    *("packages packaging weight weight_unit weight_qualifier", "weight weight_unit weight_qualifier"),
    *(
        "phone phone_qualifier contact email email_qualifier",
        "street street_2",
        "street_2",
        "supplier_name_2",
        "tax_id",
    ),
)
_NEEDED = {
    "810": "price price_basis",
    "850": "order_date price price_basis",
    "830": "line_requested_date",
    "856": "ship_date",
    "838": "supplier_code",
    "INVOIC": "",
    "ORDERS": "order_date",
}
_TEXTS = (
    "Müller & Söhne",
    "O'Neil + Co: 5 > 4?",
    "50 * 20 ~ 1000 | ^",
    "x" * 300,
    "tab\tand\nline",
    "   lead and trail   ",
)
_TRANSLITERATED = {"ü": "ue", "ö": "oe", "default": " "}
_PROFILES: dict[str, list[dict[str, Any]]] = {
    "x12": [
        {"delimiters": {"suffix": "lf"}},
        {"characters": "extended", "usage": "production", "release": "004010VICS"},
        {"characters": "extended", "delimiters": {"element": "|", "component": "^", "segment": "\n"}},
        {"delimiters": {"component": ":", "suffix": "crlf"}, "request_acknowledgment": True},
    ],
    "edifact": [
        {"delimiters": {"suffix": "lf"}},
        {"characters": "unob", "usage": "production", "release": "EAN008"},
        {"characters": "unoc", "delimiters": {"decimal": ",", "suffix": "crlf"}},
        {"characters": "unoc", "delimiters": {"element": "|", "component": "^", "segment": "~", "release": "!"}},
    ],
}


def varied(name: str, sample: Sample, seed: int) -> list[Row]:
    """Documents of one to nine lines, some of them without some fields, with texts that need care."""
    drawn = random.Random(f"{name}{seed}")
    rows: list[Row] = []
    for place in range(6):
        gone = {field for group in drawn.sample(_OPTIONAL, 6) for field in group.split()}
        gone -= {*_NEEDED[name].split()}
        texts = {field: drawn.choice(_TEXTS) for field in ("description", "supplier_name", "text", "city", "carrier")}
        for row in sample.rows(f"N{place}", drawn.randint(1, 9)):
            changed = {**row, **{field: text for field, text in texts.items() if field in row}}
            rows.append({field: None if field in gone else value for field, value in changed.items()})
    return rows


def credited(name: str, sample: Sample) -> list[Row]:
    """A credit note among invoices, as the source has it: with amounts below zero."""
    kind = "CR" if name == "810" else "381"
    fields = ("total", "line_amount", "line_tax_amount", "quantity", "tax_amount", "charge_amount", "discount_amount")
    turned = [
        {**row, "kind": kind, **{field: -row[field] for field in fields if field in row}}
        for row in sample.rows("C1", 3)
    ]
    return [*sample.rows("I1", 1), *turned]


def allowed(kind: str) -> list[Row]:
    sign = {"A": -1, "C": 1, "N": 0}[kind]
    total = Decimal("43.55") + sign * Decimal("25.00")
    return [{**row, "charge_kind": kind, "total": total} for row in SAMPLES["810"].rows("I1", 1)]


def files(standard: str) -> dict[str, bytes]:
    made = {}
    for name, sample in SAMPLES.items():
        if sample.layout["format"] != standard:
            continue
        for place, profile in enumerate(_PROFILES[standard]):
            partner = {**sample.profile, "replacements": _TRANSLITERATED, **profile}
            done = write(sample.layout, partner, varied(name, sample, place))
            assert done.refused == {}, (name, place)
            made[f"{name} {place}"] = done.content
        made[f"{name} large"] = write(sample.layout, sample.profile, sample.rows("N", 999)).content
        if name in ("810", "INVOIC"):
            made[f"{name} credit"] = write(sample.layout, sample.profile, credited(name, sample)).content
    return made


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    return [*check_x12(files("x12")), *check_edifact(files("edifact"))]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_oracles_have_nothing_against_what_is_written(findings: list[Finding], name: str) -> None:
    assert [finding for finding in findings if finding.file.startswith(name)] == []


def test_what_is_written_in_basic_characters_has_no_others() -> None:
    sample = SAMPLES["810"]
    assert check_x12({"basic": write(sample.layout, sample.profile, sample.rows("N1", 3)).content}, "basic") == []


@pytest.mark.parametrize("kind", ["C", "A", "N"])
def test_allowances_and_charges_fit_the_total(kind: str) -> None:
    """Taken off, added, or neither: sheet edi.md, 2.3."""
    sample = SAMPLES["810"]
    done = write(sample.layout, sample.profile, allowed(kind))
    assert done.refused == {}
    assert check_x12({kind: done.content}) == []


FILES = ROOT / "dags" / "intacct_to_sftp"


def shipments() -> pa.Table:
    """The sandbox's shipping documents, as the example's mapping maps them."""
    named = next(block for block in blocks(ROOT / "docs" / "streams.md", "yaml") if "stream: shipments" in block)
    stream = load_streams(named)["shipments"]
    with IntacctSandbox(scale=60) as sandbox:
        extra = {"sender_id": sandbox.sender_id, "sender_password": sandbox.sender_password, "time_zone": sandbox.zone}
        account = (sandbox.endpoint, sandbox.user, sandbox.password, sandbox.company, None)
        connection = IntacctConnection(from_fields(*account, {**extra, "endpoint_hosts": ["127.0.0.1"]}))
        rows = pa.concat_tables([page.rows for page in connection.source(stream).everything()])
        connection.close()
        assert rows.num_rows == len(sandbox.admin.rows("SODOCUMENT", DOCPARID="Shipper")) > 5
    mapped = Mapper(load_mapping(FILES / "shipments.856.mapping.yaml"), {}).apply(with_fingerprints(rows, stream))
    assert mapped.rejected == []
    return mapped.rows


def as_856(rows: pa.Table, **agreed: Any) -> Written:
    layout = yaml.safe_load((FILES / "shipments.856.layout.yaml").read_text())
    return write(layout, {**yaml.safe_load((FILES / "acme.partner.yaml").read_text()), **agreed}, [rows])


def test_the_sandboxs_shipments_go_out_as_ship_notices() -> None:
    rows = shipments()
    # Order numbers and items of the sandbox hold the usual delimiters, and codes are never replaced.
    done = as_856(rows, delimiters={"element": "|", "component": "^", "segment": "\n"})
    assert done.result.rejected == []
    assert check_x12({"856": done.content}) == []
    sent = [line.split("|")[2] for line in done.text.splitlines() if line.startswith("BSN|")]
    assert sent == list(dict.fromkeys(rows["shipment_number"].to_pylist()))
    assert {reason.field for reason in as_856(rows).result.rejected} == {"order_number (PRF01)"}
