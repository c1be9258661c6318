"""The first flow under a real scheduler: cleared, failed, killed, overlapped; each record reaches the partner once."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
import pytest
from sqlalchemy import select

from airflow_provider_mlconnector.ledger import schema
from tests.edi_oracle.oracle import check_x12
from tests.support.flow_world import OTHER_KEY, FlowWorld, flow_world

pytestmark = [
    pytest.mark.slow(reason="starts a whole Airflow, and each case is several runs"),
    pytest.mark.timeout(400),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlowWorld]:
    with flow_world(tmp_path_factory.mktemp("flows")) as running:
        yield running


def test_clearing_sends_nothing_twice(world: FlowWorld) -> None:
    first = world.run("clears")
    world.check_each_once("clears")
    world.syspro.admin.advance(days=1)
    world.syspro.admin.event("new_invoices", n=3)
    second = world.run("clears")
    world.check_each_once("clears")
    before = world.arrived("clears")
    world.clear("clears", second, "ap_invoices.poll")
    world.clear("clears", second)
    world.clear("clears", first)
    assert world.arrived("clears") == before


def test_a_failed_delivery_is_made_good_by_clearing(world: FlowWorld) -> None:
    world.sftp.misbehave(disk_full_after=100)
    failed = world.run("fails", expected="failed")
    world.sftp.behave()
    world.syspro.admin.advance(days=1)
    world.syspro.admin.event("new_invoices", n=2)
    world.run("fails")
    assert world.watermark("fails") == "", "a batch that is being sent holds the watermark"
    world.clear("fails", failed, "ap_invoices.deliver", downstream=True)
    world.check_each_once("fails")
    assert world.watermark("fails")


def test_a_run_that_failed_between_delivery_and_commit_is_left_as_it_is(world: FlowWorld) -> None:
    first = world.run("between")
    world.syspro.admin.event("new_invoices", n=2)
    (world.root / "dags" / "files" / "break").touch()
    second = world.run("between", expected="failed")
    (world.root / "dags" / "files" / "break").unlink()
    assert len(world.arrived("between")) == len(world.source()), "it failed after its delivery"
    world.syspro.admin.advance(days=1)
    world.syspro.admin.event("new_invoices", n=2)
    world.run("between")
    world.clear("between", second, "ap_invoices.commit")
    world.clear("between", first)
    world.check_each_once("between")


def test_runs_with_and_without_a_logical_date_mix(world: FlowWorld) -> None:
    world.run("manual", logical_date=datetime(2026, 4, 2, tzinfo=UTC))
    world.syspro.admin.event("new_invoices", n=1)
    world.run("manual")
    world.syspro.admin.event("new_invoices", n=1)
    world.run("manual", logical_date=datetime(2026, 4, 1, tzinfo=UTC))
    world.syspro.admin.event("late_invoices", n=1, days_back=20)
    world.run("manual")
    world.check_each_once("manual")


def test_what_was_sent_stands_whatever_the_mapping_has_become(world: FlowWorld) -> None:
    run = world.run("mapping")
    before = world.arrived("mapping")
    mapping = world.root / "dags" / "files" / "mapping" / "ap_invoices.mapping.yaml"
    mapping.write_text(mapping.read_text().replace("Company: {parameter: company}", "Company: {constant: OTHER}"))
    world.clear("mapping", run)
    assert world.arrived("mapping") == before
    world.syspro.admin.event("new_invoices", n=1)
    world.run("mapping")
    world.check_each_once("mapping")


def test_a_killed_delivery_is_taken_up_again(world: FlowWorld) -> None:
    world.sftp.misbehave(delay=0.5)
    run = world.start("kill")
    deadline = time.monotonic() + 100
    while "ap_invoices.deliver" not in (pids := world.airflow.task_pids("kill", run)):
        assert time.monotonic() < deadline
    os.kill(pids["ap_invoices.deliver"], signal.SIGKILL)
    world.sftp.behave()
    world.settle("kill", run)
    world.check_each_once("kill")


def test_a_wrong_password_fails_at_once_and_says_what_to_do(world: FlowWorld) -> None:
    world.syspro.admin.clear_requests()
    run = world.run("wrong", expected="failed")
    states = world.airflow.task_states("wrong", run)
    assert states["ap_invoices.poll"].state == "failed"
    assert states["ap_invoices.poll"].try_number == 1, "no retry: an operator would be locked out"
    assert len(world.syspro.admin.requests(operation="logon")) == 1
    assert "CredentialsError" in world.log("wrong", run, "poll")


def test_a_server_with_another_host_key_gets_nothing_until_a_person_has_pinned_it(world: FlowWorld) -> None:
    run = world.run("stranger", expected="failed")
    task = world.airflow.task_states("stranger", run)["ap_invoices.deliver"]
    assert (task.state, task.try_number) == ("failed", 1), "at once: nobody retries into a stranger's arms"
    assert world.arrived("stranger") == []
    with world.ledger().read() as connection:
        failed = connection.execute(select(schema.audit_event).where(schema.audit_event.c.event == "failed"))
        (event,) = [row for row in failed if row.system == "partner_stranger"]
        told = connection.execute(select(schema.alert).where(schema.alert.c.told_at.is_not(None))).all()
    presented = asyncssh.import_public_key(world.sftp.host_key).get_fingerprint("sha256")
    assert OTHER_KEY in event.detail
    assert presented in event.detail
    (alert,) = [row for row in told if "partner_stranger" in row.cause]
    world.airflow.set_connection("partner_stranger", world.partner)
    world.clear("stranger", run, "ap_invoices.deliver", downstream=True)
    world.check_each_once("stranger")
    with world.ledger().read() as connection:
        assert connection.execute(select(schema.alert.c.resolved_at).where(schema.alert.c.id == alert.id)).scalar()


def test_x12_keeps_its_numbers_whatever_is_cleared(world: FlowWorld) -> None:
    first = world.run("x12")
    folder = world.root / "partner" / "in_x12"
    sent = {file.name: file.read_bytes() for file in folder.iterdir()}
    world.clear("x12", first)
    world.syspro.admin.advance(days=1)
    world.syspro.admin.event("new_invoices", n=2)
    world.run("x12")
    arrived = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
    assert {name: arrived[name] for name in sent} == sent
    assert len(arrived) == 2
    assert check_x12(arrived, characters="extended") == []
    numbers = [data.split(b"~")[0].split(b"*")[13] for data in arrived.values()]
    assert numbers == [b"000000001", b"000000002"]


def test_an_unmapped_account_waits_until_it_is_mapped(world: FlowWorld) -> None:
    admin = world.syspro.admin
    posting = next(admin.rows("GenTransaction", top=1))
    admin.insert("GenTransaction", {**posting, "GlCode": "10-5999", "JnlDate": admin.state()["local"]})
    world.run("unmapped")
    folder = world.root / "partner" / "in_unmapped"
    assert not any("599900" in file.read_text() for file in folder.iterdir())
    accounts = world.root / "dags" / "files" / "unmapped" / "gl_accounts.csv"
    accounts.write_text(accounts.read_text() + "5999,599900\n")
    world.run("unmapped")
    assert sum(file.read_text().count("599900") for file in folder.iterdir()) == 1
    with world.ledger().read() as connection:
        items = connection.execute(select(schema.exception_item).where(schema.exception_item.c.key.contains("5999")))
        assert [item.state for item in items] == ["closed"]


def test_overlapping_runs_share_the_work(world: FlowWorld) -> None:
    runs = [world.start("overlap"), world.start("overlap")]
    for run in runs:
        world.airflow.wait("overlap", run, timeout=150)
    world.run("overlap")
    for run in runs:
        world.clear("overlap", run)
    world.check_each_once("overlap")


def test_no_secret_and_no_data_where_they_do_not_belong(world: FlowWorld) -> None:
    secrets = ["sftp-pass-word", "not-the-password", world.syspro.password, world.syspro.odata_password]
    texts = [file.read_text(errors="replace") for file in Path(world.airflow.home / "logs").rglob("*.log")]
    assert texts
    for secret in secrets:
        assert not any(secret in text for text in texts), "a secret stands in a log"
    for flow in ("clears", "unmapped"):
        pushed = world.airflow.xcoms(flow, f"{flow}_1")
        for task, values in pushed.items():
            assert len(str(values)) < 4096, task
