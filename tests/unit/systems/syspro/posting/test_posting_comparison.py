"""Comparisons: what differs is refused, what agrees is done, and SYSPRO is not asked for either."""

from __future__ import annotations

from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.streams.target import Attempt, Document, Outcome
from tests.unit.systems.syspro.posting.conftest import Target
from tests.unit.systems.syspro.posting.rows import Row


def test_what_agrees_is_done_and_what_differs_is_refused(target: Target, sandbox: SysproSandbox) -> None:
    made = target("comparison")
    rows: list[Row] = [
        {"Entity": "gl_accounts", "Code": "5100", "Difference": None},
        {"Entity": "gl_accounts", "Code": "5200", "Difference": "SYSPRO does not have it"},
    ]
    same, other = (Document(made.identity([row]), [row], made.shown([row])) for row in rows)
    assert (same.shown, same.identity.kind, same.identity.key) == ("gl_accounts 5100", "comparison", "gl_accounts/5100")
    fine, problem = made.check([same, other])
    assert fine is None
    assert problem is not None
    assert (problem.field, problem.reason, problem.cause) == ("Difference", "SYSPRO does not have it", "")
    attempt = Attempt(same, "ID")
    (group,) = made.calls([attempt], 20)
    (result,) = made.post(group)
    assert (result.outcome, result.target_key) == (Outcome.POSTED, "gl_accounts/5100")
    (found,) = made.look_up([attempt])
    assert found is not None
    assert found.equal
    assert made.unique(same.identity)
    assert made.replaces(same.identity)
    assert list(made.rehearse([same, other])) == [
        "gl_accounts 5100: nothing to change",
        "gl_accounts 5200: not sent: Difference: SYSPRO does not have it",
    ]
    assert [each["operation"] for each in sandbox.admin.requests() if each["operation"] != "logon"] == []
