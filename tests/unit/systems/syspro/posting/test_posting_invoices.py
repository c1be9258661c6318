"""AP invoices into the sandbox: checked, posted, lost on the way and found again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_mlconnector.errors import ConfigurationError, CredentialsError, IntegrityError
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.streams.target import Attempt, Document, Outcome, Problem, Result
from airflow_provider_mlconnector.systems.syspro.posting.target import SysproTarget
from tests.unit.systems.syspro.conftest import Connect
from tests.unit.systems.syspro.posting import rows as mapped
from tests.unit.systems.syspro.posting.conftest import SUPPLIER, Target
from tests.unit.systems.syspro.posting.rows import Row

POSTS = {"operation": "transaction/post", "bo": "APSTIN"}
TOTAL = Decimal("119.00")


def invoice(number: str = "INV-1", **changes: Any) -> Row:
    return mapped.invoice(Supplier=SUPPLIER, Invoice=number, **changes)


def documents(target: SysproTarget, *every: Row) -> list[Document]:
    return [Document(target.identity([row]), [row], target.shown([row])) for row in every]


def attempts(target: SysproTarget, *every: Row) -> list[Attempt]:
    return [Attempt(document, f"EXT-{document.rows[0]['Invoice']}") for document in documents(target, *every)]


def check(target: SysproTarget, row: Row) -> Problem | None:
    (problem,) = target.check(documents(target, row))
    return problem


def books(sandbox: SysproSandbox) -> list[tuple[str, str]]:
    return [(posted["invoice"], posted["value"]) for posted in sandbox.admin.books()["posted"]]


def outcomes(results: Sequence[Result]) -> list[Outcome]:
    return [result.outcome for result in results]


def test_an_invoice_is_known_by_supplier_and_number(target: Target, sandbox: SysproSandbox, connect: Connect) -> None:
    padding = target(connection=connect(sandbox, key_rules={"Supplier": 7}))
    for made, supplier in ((target(), SUPPLIER), (padding, "9001"), (padding, SUPPLIER)):
        identity = made.identity([mapped.invoice(Supplier=supplier, Invoice="A/1")])
        assert (identity.company, identity.kind) == (f"syspro {sandbox.base_url} MLC", "ap invoice")
        assert identity.key == f"{SUPPLIER}/A%2F1"
        assert made.unique(identity)
        assert not made.replaces(identity)
    credit = invoice(TransactionCode="C", Notation="CN-7")
    assert target().identity([credit]).key == f"{SUPPLIER}/INV-1/CN-7"
    assert not target().unique(target().identity([credit]))
    assert target().shown([credit]) == f"supplier {SUPPLIER}, invoice INV-1, credit note"
    with pytest.raises(ConfigurationError, match="no field Notation"):
        target().identity([invoice(TransactionCode="C")])


def test_several_invoices_are_posted_in_one_call(target: Target, sandbox: SysproSandbox) -> None:
    made = target()
    every = [invoice(f"INV-{number}") for number in range(3)]
    assert made.check(documents(made, *every)) == [None, None, None]
    (group,) = made.calls(attempts(made, *every), 10)
    results = made.post(group)
    assert outcomes(results) == [Outcome.POSTED] * 3
    assert books(sandbox) == [(f"INV-{number}", "119.00") for number in range(3)]
    assert len(sandbox.admin.requests(operation="transaction/post")) == 1
    found = made.look_up(group)
    assert [each.target_key for each in found if each] == [result.target_key for result in results]
    assert all(each and each.ours and each.equal for each in found)
    assert results[0].target_key.endswith("/2026/3")
    assert sandbox.admin.books()["references"]["APSTIN"] == {f"EXT-INV-{number}": 1 for number in range(3)}


def test_padded_and_bare_keys_meet(target: Target, sandbox: SysproSandbox, connect: Connect) -> None:
    made = target(connection=connect(sandbox, key_rules={"Supplier": 7}))
    bare = invoice() | {"Supplier": "9001"}
    assert check(made, bare) is None
    (group,) = made.calls(attempts(made, bare), 10)
    assert outcomes(made.post(group)) == [Outcome.POSTED]
    (found,) = made.look_up(group)
    assert found is not None
    assert found.ours


@pytest.mark.parametrize("padding", ["zero", "space", "trailing"])
@pytest.mark.parametrize("lookup", ["comfnd", "odata"])
def test_keys_are_matched_however_they_are_padded(
    target: Target, sandbox: SysproSandbox, padding: str, lookup: str
) -> None:
    sandbox.admin.fault("key_padding", value=padding)
    made = target(lookup=lookup)
    assert check(made, invoice()) is None
    group = attempts(made, invoice("0004711"))
    assert outcomes(made.post(group)) == [Outcome.POSTED]
    (found,) = made.look_up(group)
    assert found is not None
    assert found.ours


@pytest.mark.parametrize("lookup", ["comfnd", "odata", "apsqry"])
def test_every_way_of_asking_finds_the_same(target: Target, sandbox: SysproSandbox, lookup: str) -> None:
    made = target(lookup=lookup)
    assert check(made, invoice()) is None
    (group,) = made.calls(attempts(made, invoice()), 10)
    (result,) = made.post(group)
    found, missing = made.look_up([*group, *attempts(made, invoice("INV-2"))])
    assert found is not None
    assert (found.target_key, found.ours, found.equal) == (result.target_key, True, True)
    assert missing is None
    (other,) = made.look_up(attempts(made, invoice(TransactionValue=Decimal("119.01"))))
    assert other is not None
    assert not other.equal
    (moved,) = made.look_up(attempts(made, invoice(InvoiceDate=date(2026, 3, 16))))
    assert moved is not None
    assert (moved.ours, moved.equal) == (True, False)
    assert "dated 2026-03-15" in moved.detail
    (elsewhere,) = made.look_up([Attempt(documents(made, invoice())[0], "")])
    assert elsewhere is not None
    assert (elsewhere.ours, elsewhere.equal) == (False, True)


@pytest.mark.parametrize(
    ("changes", "field", "cause", "said"),
    [
        ({"Supplier": "0099999"}, "Supplier", "syspro:supplier:0099999", "is not in SYSPRO"),
        ({"Currency": "USD"}, "Currency", f"syspro:supplier-currency:{SUPPLIER}/USD", "in EUR"),
        (
            {"LedgerDistribution.LedgerCode": "10-9999"},
            "LedgerDistribution.LedgerCode",
            "syspro:account:10-9999",
            "is not in SYSPRO",
        ),
        ({"PostingDate": date(2026, 4, 1)}, "PostingDate", "syspro:period:2026/4", "not open yet"),
        ({"PostingDate": date(2025, 12, 31)}, "PostingDate", "syspro:period:2025/12", "closed"),
        ({"PostingDate": None}, "PostingDate", "", "is missing"),
        ({"InvoiceDate": None}, "InvoiceDate", "", "is missing"),
        ({"TransactionValue": Decimal("119.01")}, "TransactionValue", "", "is not what the lines add up to"),
        ({"TransactionValue": Decimal(-1)}, "TransactionValue", "", "is negative"),
        ({"TransactionCode": "X", "Notation": "n"}, "TransactionCode", "", "none of I, C, D, A"),
        ({"TransactionCode": "C", "Notation": "n"}, "Invoice", f"syspro:invoice:{SUPPLIER}/INV-1", "is not in SYSPRO"),
        ({"Invoice": "x" * 21}, "Invoice", "", "longer than 20"),
    ],
)
def test_what_is_wrong_is_found_before_anything_is_sent(
    target: Target, sandbox: SysproSandbox, changes: Row, field: str, cause: str, said: str
) -> None:
    made = target()
    problem = check(made, invoice() | changes)
    assert problem is not None
    assert (problem.field, problem.cause) == (field, cause)
    assert said in problem.reason
    if cause:
        assert not target().cause_gone(cause)
    assert sandbox.admin.requests(operation="transaction/post") == []


def test_causes_go_away(target: Target, sandbox: SysproSandbox) -> None:
    sandbox.admin.update("ApSupplier", [SUPPLIER], OnHold="Y", GrnMatchReqd="Y")
    sandbox.admin.update("GenMaster", ["MLC", "10-5500"], AccOnHldFlag="Y")
    supplier, account = check(target(), invoice()), check(target(held_suppliers="allow"), invoice())
    assert supplier is not None
    assert account is not None
    assert "on hold" in supplier.reason
    assert account.cause == f"syspro:supplier-matching:{SUPPLIER}"
    assert not target().cause_gone(supplier.cause)
    sandbox.admin.update("ApSupplier", [SUPPLIER], OnHold="N", GrnMatchReqd="N")
    assert target().cause_gone(supplier.cause)
    assert target().cause_gone(account.cause)
    account = check(target(), invoice())
    assert account is not None
    assert account.cause == "syspro:account:10-5500"
    sandbox.admin.update("GenMaster", ["MLC", "10-5500"], AccOnHldFlag="N")
    assert target().cause_gone(account.cause)
    assert not target().cause_gone("syspro:weather:rain")
    assert not target().cause_gone("mapping:gl:7")


def test_references_are_asked_for_together_and_once(target: Target, sandbox: SysproSandbox) -> None:
    made = target()
    every = [invoice(f"INV-{number}") for number in range(60)]
    assert set(made.check(documents(made, *every))) == {None}
    asked = sandbox.admin.requests(operation="query/query")
    assert len([each for each in asked if each["table"] in ("ApSupplier", "GenMaster")]) == 2
    made.check(documents(made, *every))
    again = sandbox.admin.requests(operation="query/query")
    assert len([each for each in again if each["table"] in ("ApSupplier", "GenMaster")]) == 2


def test_periods_do_not_share_a_call(target: Target, sandbox: SysproSandbox) -> None:
    made = target()
    days = [date(2026, 3, 1), date(2026, 2, 1), date(2026, 3, 2), date(2026, 1, 1)]
    every = [invoice(f"INV-{day}", PostingDate=day) for day in days]
    groups = list(made.calls(attempts(made, *every), 10))
    assert sorted(len(group) for group in groups) == [1, 1, 2]
    for group in groups:
        assert set(outcomes(made.post(group))) == {Outcome.POSTED}
    posted = {each["invoice"]: each["period"] for each in sandbox.admin.books()["posted"]}
    assert posted == {f"INV-{day}": day.month for day in days}
    with pytest.raises(IntegrityError):
        made.post(attempts(made, *[row | {"Invoice": f"X{place}"} for place, row in enumerate(every)]))


def test_calls_are_no_larger_than_the_url(target: Target, sandbox: SysproSandbox, connect: Connect) -> None:
    connection = connect(sandbox, max_url_bytes=4500)
    made = target(connection=connection)
    every = [invoice(f"INV-{number:03}", Notation="ö" * (number % 29)) for number in range(20)]
    groups = list(made.calls(attempts(made, *every), 20))
    assert [each for group in groups for each in group] == attempts(made, *every)
    for group in groups:
        assert set(outcomes(made.post(group))) == {Outcome.POSTED}
    assert 1 < max(len(group) for group in groups) < 20
    assert [len(group) for group in made.calls(attempts(made, *every[:5]), 2)] == [2, 2, 1]
    assert len(sandbox.admin.books()["posted"]) == 20


def test_a_document_too_large_says_what_helps(target: Target, sandbox: SysproSandbox, connect: Connect) -> None:
    lines = [invoice(TransactionValue=Decimal(100 * 200 + 19)) for _ in range(200)]
    made = target()
    (problem,) = made.check([Document(made.identity(lines), lines, "large")])
    assert problem is not None
    assert "of max_url_bytes; set http_method to POST" in problem.reason
    sandbox.admin.settings(allow_post=True)
    posting = target(connection=connect(sandbox, http_method="POST"))
    large = Document(posting.identity(lines), lines, "large")
    assert posting.check([large]) == [None]
    (group,) = posting.calls([Attempt(large, "EXT-LARGE")], 10)
    assert outcomes(posting.post(group)) == [Outcome.POSTED]
    small = target(connection=connect(sandbox, http_method="POST"), max_body_bytes=2000)
    (problem,) = small.check([large])
    assert problem is not None
    assert "of max_body_bytes" in problem.reason


def test_one_refused_invoice_puts_its_call_in_doubt(target: Target, sandbox: SysproSandbox) -> None:
    made = target(control_accounts="allow")
    bad = invoice("BAD") | {"LedgerDistribution.LedgerCode": "10-9999"}
    (group,) = made.calls(attempts(made, invoice("GOOD"), bad), 10)
    results = made.post(group)
    assert outcomes(results) == [Outcome.DOUBT] * 2
    assert not any(result.in_flight for result in results)
    assert made.look_up(group) == [None, None]
    (alone,) = made.post(attempts(made, bad))
    assert alone.outcome is Outcome.REFUSED
    assert alone.reason.startswith("[account] ledgercode '10-9999': ")
    assert outcomes(made.post(attempts(made, invoice("GOOD")))) == [Outcome.POSTED]
    assert books(sandbox) == [("GOOD", "119.00")]


def test_a_duplicate_that_is_the_document_is_left_to_the_look_up(target: Target, sandbox: SysproSandbox) -> None:
    made = target()
    made.post(attempts(made, invoice()))
    (again,) = made.post([Attempt(documents(made, invoice())[0], "OTHER")])
    assert again.outcome is Outcome.DOUBT
    assert not again.in_flight
    other = invoice(TransactionValue=Decimal("238.00"), TaxValue=Decimal("138.00"))
    (refused,) = made.post([Attempt(documents(made, other)[0], "OTHER")])
    assert refused.outcome is Outcome.REFUSED
    assert "SYSPRO has: value 119.00" in refused.reason
    assert len(books(sandbox)) == 1


@pytest.mark.parametrize("form", ["no_status", "no_key", "bare"])
@pytest.mark.parametrize("count", [1, 2])
def test_every_form_of_answer_is_understood(target: Target, sandbox: SysproSandbox, form: str, count: int) -> None:
    sandbox.admin.settings(answer_form=form)
    made = target()
    (group,) = made.calls(attempts(made, *[invoice(f"INV-{number}") for number in range(count)]), 10)
    results = made.post(group)
    assert outcomes(results) == [Outcome.POSTED] * count
    assert [each.target_key for each in made.look_up(group) if each] == [result.target_key for result in results]


@pytest.mark.parametrize("name", ["lost_answer", "drop", "bad_gateway", "truncated", "html"])
def test_a_lost_answer_is_a_doubt_that_may_still_be_at_work(target: Target, sandbox: SysproSandbox, name: str) -> None:
    sandbox.admin.fault(name, count=1, where=POSTS)
    made = target()
    (group,) = made.calls(attempts(made, invoice("A"), invoice("B")), 10)
    results = made.post(group)
    assert outcomes(results) == [Outcome.DOUBT] * 2
    assert all(result.in_flight for result in results)
    assert len(sandbox.admin.requests(operation="transaction/post")) == 1
    made.fence()
    found = made.look_up(group)
    assert [each is not None and each.ours and each.equal for each in found] == [name != "html"] * 2


def test_work_of_a_lost_call_is_fenced_off_by_a_new_logon(target: Target, sandbox: SysproSandbox) -> None:
    sandbox.admin.fault("late_work", count=1, where=POSTS, drop=True, fenced=True)
    made = target()
    group = attempts(made, invoice())
    (result,) = made.post(group)
    assert result.in_flight
    made.fence()
    sandbox.admin.release()
    assert made.look_up(group) == [None]
    assert outcomes(made.post(group)) == [Outcome.POSTED]
    assert len(books(sandbox)) == 1


@pytest.mark.parametrize("posted", [0, 1])
def test_an_evicted_session_is_renewed_and_nothing_is_sent_again(
    target: Target, sandbox: SysproSandbox, posted: int
) -> None:
    fault = "evict_mid_post" if posted else "evict_session"
    sandbox.admin.fault(fault, count=1, where=POSTS)
    made = target()
    (group,) = made.calls(attempts(made, invoice("A"), invoice("B")), 10)
    results = made.post(group)
    assert outcomes(results) == [Outcome.DOUBT] * 2
    assert not any(result.in_flight for result in results)
    assert len(sandbox.admin.requests(operation="transaction/post")) == 1
    assert len(books(sandbox)) == posted
    assert [each is not None for each in made.look_up(group)] == [bool(posted), False]
    assert len(sandbox.admin.requests(operation="logon")) == 2


def test_an_answer_in_plain_text_is_looked_up_before_it_is_believed(target: Target, sandbox: SysproSandbox) -> None:
    sandbox.admin.fault("exception", count=2, where=POSTS, value="4711")
    made = target()
    group = attempts(made, invoice("A"), invoice("B"))
    assert outcomes(made.post(group)) == [Outcome.DOUBT] * 2
    (refused,) = made.post(group[:1])
    assert refused.outcome is Outcome.REFUSED
    assert "4711" in refused.reason


def test_credit_notes_go_against_an_invoice(target: Target, sandbox: SysproSandbox) -> None:
    made = target()
    made.post(attempts(made, invoice()))
    credit = invoice(TransactionCode="C", Notation="CN-7")
    assert check(made, credit) is None
    group = [Attempt(documents(made, credit)[0], f"CN-EXT-{number}") for number in range(2)]
    assert made.look_up(group) == [None, None]
    assert outcomes(made.post(group[:1])) == [Outcome.POSTED]
    found, other = made.look_up(group)
    assert found is not None
    assert found.ours
    assert found.equal
    assert other is None
    (dearer,) = made.look_up([Attempt(documents(made, credit | {"TransactionValue": Decimal(120)})[0], "CN-EXT-0")])
    assert dearer is not None
    assert (dearer.ours, dearer.equal) == (True, False)
    assert [posted["kind"] for posted in sandbox.admin.books()["posted"]] == ["I", "C"]


@pytest.mark.parametrize("lookup", ["comfnd", "odata", "apsqry"])
def test_credit_notes_that_stand_alone_are_refused(target: Target, lookup: str) -> None:
    made = target(lookup=lookup)
    alone = invoice(TransactionCode="C", Notation="CN-7")
    found = made.check(documents(made, alone, alone | {"Supplier": "0099999"}))
    assert [problem and problem.cause for problem in found] == [
        f"syspro:invoice:{SUPPLIER}/INV-1",
        "syspro:supplier:0099999",
    ]
    assert not made.cause_gone(f"syspro:invoice:{SUPPLIER}/INV-1")


def test_credit_notes_as_negative_invoices(target: Target) -> None:
    made = target(credit_notes="negative_invoice")
    credit = invoice("CN-7", TransactionCode="C", Notation="CN-7")
    (shown,) = made.rehearse(documents(made, credit))
    assert "<TransactionCode>I<" in shown
    assert "<TransactionValue>-119.00<" in shown
    assert "<TaxValue>-19.00<" in shown
    assert "<LedgerValue>-100.00<" in shown
    assert not made.unique(made.identity([credit]))
    (shown,) = made.rehearse(documents(made, invoice()))
    assert "<TransactionValue>119.00<" in shown


def test_a_rehearsal_shows_the_xml_and_what_syspro_says(target: Target, sandbox: SysproSandbox) -> None:
    made = target()
    bad = invoice("BAD") | {"LedgerDistribution.LedgerCode": "10-9999"}
    good, refused, wrong = made.rehearse(documents(made, invoice(), bad, invoice(PostingDate=None)))
    assert "Transaction/Post APSTIN" in good
    assert "<ValidateOnly>N<" in good
    assert "<TransactionReference>REHEARSAL<" in good
    assert "SYSPRO: valid; " in good
    assert "SYSPRO: refused: [account] ledgercode '10-9999'" in refused
    assert "not sent: PostingDate: is missing" in wrong
    assert books(sandbox) == []
    assert list(sandbox.admin.rows("ApInvoice", f"Supplier eq '{SUPPLIER}'")) == []


def test_foreign_invoices_may_be_distributed_in_home_currency(target: Target, sandbox: SysproSandbox) -> None:
    sandbox.admin.update("ApSupplier", [SUPPLIER], Currency="USD")
    home = invoice(TransactionValue=Decimal("138.00"))
    assert check(target(), home) is None
    problem = check(target(parameters={"LedgerDistributionCurrency": "F"}), home)
    assert problem is not None
    assert problem.field == "TransactionValue"


def test_wrong_passwords_are_told_as_such(target: Target, sandbox: SysproSandbox, connect: Connect) -> None:
    made = target(connection=connect(sandbox, password="wrong"))
    with pytest.raises(CredentialsError):
        made.check(documents(made, invoice()))
