"""The commands, typed by a person against a ledger with a history."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import nullcontext, suppress
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from airflow.providers.common.compat.sdk import AirflowNotFoundException, BaseHook, Connection
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse

from airflow_provider_mlconnector.cli import console, lanes
from airflow_provider_mlconnector.engine import failure_points
from airflow_provider_mlconnector.hooks.partner_sftp import PartnerSftpHook
from airflow_provider_mlconnector.ledger import deliveries, exceptions
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.sandbox.wiring import partner
from tests.support.engine_world import World, row
from tests.unit.cli.conftest import Terminal

LOUD = """
import logging
from datetime import datetime
import structlog
from airflow.sdk import DAG
from airflow_provider_mlconnector.calendar.close import CloseCalendar
from airflow_provider_mlconnector.plugin.close_calendar import CloseCalendarTimetable

logging.getLogger("loud").warning("a logged line")
print("a printed line")
structlog.get_logger("loud").warning("a line of structlog")
calendar = CloseCalendar(periods="monthly", business_days=2, at="06:00", zone="UTC")
dag = DAG("loud", schedule=CloseCalendarTimetable(calendar), start_date=datetime(2026, 1, 1))
"""


class Killed(BaseException):
    """The process is gone."""


def kill_at(world: World, run: str, point: str) -> None:
    """A run whose deliver task is killed at a point."""

    def reached(name: str) -> None:
        if name == point:
            raise Killed

    failure_points.arm(reached)
    try:
        with suppress(Killed):
            world.run(run)
    finally:
        failure_points.arm(None)


def test_watermarks_are_listed_with_their_history(world: World, terminal: Terminal) -> None:
    listed = json.loads(terminal.run("watermarks", "list", "-o", "json"))
    assert [(lane["flow"], lane["stream"], lane["watermark"]) for lane in listed] == [
        ("flow", "invoices", "2026-03-02T00:00:00.000000")
    ]
    moves = json.loads(terminal.run("watermarks", "history", "--flow", "flow", "-o", "json"))
    assert [move["run"] for move in moves] == ["run_2", "run_1"]


def test_a_rewind_reads_again_and_sends_nothing_twice(world: World, terminal: Terminal) -> None:
    said = terminal.run("watermarks", "rewind", "--flow", "flow", "--to", "2026-02-01", "--comment", "late papers")
    assert "2026-02-01T00:00:00.000000" in said
    before = world.site.records()
    assert world.run("run_3").counts["read"] == 5
    assert world.site.records() == before
    assert "late papers" in terminal.run("audit", "--flow", "flow")


def test_a_rewind_forward_is_refused(world: World, terminal: Terminal) -> None:
    assert "only goes below" in terminal.fail("watermarks", "rewind", "--to", "2027-01-01", "--comment", "x")


def test_batches_are_listed_and_shown(world: World, terminal: Terminal) -> None:
    listed = json.loads(terminal.run("batches", "list", "-o", "json"))
    assert [(batch["run"], batch["rows"]) for batch in listed] == [("run_2", 1), ("run_1", 4)]
    shown = json.loads(terminal.run("batches", "show", str(listed[1]["id"]), "-o", "json"))
    assert shown["counts"]["sent"] == 3
    assert "invoices-000001.csv (confirmed" in shown["files"]
    assert "there is no batch 99" in terminal.fail("batches", "show", "99")


def test_a_batch_that_is_being_sent_can_be_abandoned(world: World, terminal: Terminal) -> None:
    world.source.put(row(6, 1))
    kill_at(world, "run_3", "uploaded")
    batch = json.loads(terminal.run("batches", "list", "-o", "json"))[0]
    assert batch["state"] == "sending"
    terminal.run("batches", "abandon", str(batch["id"]), "--comment", "wrong month", "--by", "anna")
    world.run("run_4")
    assert [key for key, _, _ in world.site.records()].count("0000001/INV-0006") == 1
    assert "anna" in terminal.run("audit")


def test_deliveries_are_listed_and_replayed_byte_for_byte(
    world: World, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Site:
        def __enter__(self) -> object:
            return world.site

        def __exit__(self, *_: object) -> None:
            return

    monkeypatch.setattr(PartnerSftpHook, "site", lambda _self, _folder: Site())
    first = json.loads(terminal.run("deliveries", "list", "-o", "json"))[-1]
    assert "already" in terminal.run("deliveries", "replay", str(first["id"]), "--comment", "lost it")
    taken = world.site.files.pop(first["name"])
    assert "sent again" in terminal.run("deliveries", "replay", str(first["id"]), "--comment", "lost it")
    assert world.site.files[first["name"]] == taken
    world.site.files[first["name"]] = b"somebody else's"
    assert "other bytes" in terminal.fail("deliveries", "replay", str(first["id"]), "--comment", "again")
    assert "replayed" in terminal.run("audit")


@pytest.mark.parametrize("arrived", [True, False])
def test_a_person_decides_a_file_in_doubt(
    world: World, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, arrived: bool
) -> None:
    monkeypatch.setattr(PartnerSftpHook, "site", lambda _self, _folder: nullcontext(world.site))
    world.source.put(row(6, 1))
    kill_at(world, "run_3", "renamed")
    name, data = world.site.arrived[-1]
    world.site.files.clear()
    if not arrived:
        world.site.arrived.pop()
    doubtful = json.loads(terminal.run("deliveries", "list", "-o", "json"))[0]
    assert (doubtful["state"], doubtful["name"]) == (deliveries.RENAMING, name)
    terminal.run("deliveries", "confirm" if arrived else "again", str(doubtful["id"]), "--comment", "asked them")
    world.deliver("run_3")
    world.commit("run_3")
    assert [sent for sent, _ in world.site.arrived].count(name) == 1
    assert world.site.arrived[-1] == (name, data)


def test_exceptions_are_listed_retried_and_resolved(world: World, terminal: Terminal) -> None:
    item = json.loads(terminal.run("exceptions", "list", "-o", "json"))[0]
    assert (item["key"], item["kind"]) == ("0000001/INV-0004", "mapping")
    assert "is bad" in terminal.run("exceptions", "show", str(item["id"]))
    assert item["retry"] == ""
    terminal.run("exceptions", "retry", str(item["id"]))
    assert json.loads(terminal.run("exceptions", "list", "-o", "json"))[0]["retry"] == "requested"
    world.bad = set()
    world.run("run_3")
    assert "0000001/INV-0004" in [key for key, _, _ in world.site.records()]
    assert terminal.run("exceptions", "list").strip() == "none"
    assert "is closed" in terminal.fail("exceptions", "resolve", str(item["id"]), "--comment", "x")


def test_an_exception_is_resolved_with_a_comment(world: World, terminal: Terminal) -> None:
    item = json.loads(terminal.run("exceptions", "list", "-o", "json"))[0]
    terminal.run("exceptions", "resolve", str(item["id"]), "--comment", "typed in by hand", "--by", "ben")
    with world.ledger.read() as connection:
        closed = exceptions.get(connection, item["id"])
    assert closed is not None
    assert (closed.state, closed.closed_by, closed.comment) == ("closed", "ben", "typed in by hand")


def test_the_audit_finds_what_became_of_a_record(world: World, terminal: Terminal) -> None:
    events = json.loads(terminal.run("audit", "--record", "0000001/INV-0005", "-o", "json"))
    assert [event["event"] for event in events] == ["staged", "frozen", "renaming", "delivered", "committed"]
    assert {event["run"] for event in events} == {"run_2"}
    assert terminal.run("audit", "--record", "nobody/knows").strip() == "none"
    assert terminal.run("audit", "--since", "2100-01-01").strip() == "none"


def test_the_audit_of_a_record_tells_of_its_exception_and_of_who_had_it_retried(
    world: World, terminal: Terminal
) -> None:
    item = json.loads(terminal.run("exceptions", "list", "-o", "json"))[0]
    terminal.run("exceptions", "retry", str(item["id"]), "--by", "anna")
    world.bad = set()
    world.run("run_3")
    events = json.loads(terminal.run("audit", "--record", "0000001/INV-0004", "-o", "json"))
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    said = {event["event"]: event for event in events}
    assert (said["exception opened"]["run"], said["exception opened"]["detail"]) == ("run_1", item["reason"])
    assert said["retry requested"]["by"] == "anna"
    assert said["exception closed"]["by"] == "engine"
    of_run_3 = json.loads(terminal.run("audit", "--record", "0000001/INV-0004", "--run", "run_3", "-o", "json"))
    assert {event["run"] for event in of_run_3} == {"run_3"}


def test_the_ledger_says_how_it_is(world: World, terminal: Terminal) -> None:
    status = json.loads(terminal.run("ledger", "status", "-o", "json"))
    assert (status["lanes"], status["open_exceptions"], status["open_batches"]) == (1, 1, 0)
    assert world.ledger.id in terminal.run("ledger", "upgrade")


@pytest.mark.parametrize("words", ["watermarks list", "batches list", "deliveries list", "exceptions list", "audit"])
def test_a_ledger_that_was_never_made_is_an_empty_list(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    assert terminal.run(*words.split()).strip() == "none"
    (tmp_path / "mlconnector").mkdir()
    (tmp_path / "mlconnector" / "ledger.db").touch()
    assert terminal.run(*words.split()).strip() == "none"
    assert (tmp_path / "mlconnector" / "ledger.db").stat().st_size == 0


@pytest.mark.parametrize("words", ["batches show 1", "ledger status"])
def test_a_ledger_that_was_never_made_says_what_to_do(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    assert "ledger upgrade" in terminal.fail(*words.split())
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_connection_is_one_sentence(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_cls: type, conn_id: str) -> Connection:
        raise AirflowNotFoundException(f"The conn_id `{conn_id}` isn't defined")

    monkeypatch.setattr(BaseHook, "get_connection", classmethod(unknown))
    assert "`nope` isn't defined" in only_line(terminal.fail("ping", "nope"))
    monkeypatch.setenv("AIRFLOW__MLCONNECTOR__LEDGER_CONN_ID", "gone")
    assert "`gone` isn't defined" in only_line(terminal.fail("watermarks", "list"))


def test_ping_speaks_to_partners_and_names_the_types_that_it_knows(
    tmp_path: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    with SftpSandbox(tmp_path / "partner", {"acme": "pw"}) as server:
        monkeypatch.setenv("AIRFLOW_CONN_PARTNER", json.dumps(partner(server)))
        assert "Signed in at acme@" in terminal.run("ping", "partner")
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", json.dumps({"conn_type": "imap"}))
    assert "of type 'imap'; ping knows syspro, intacct, stampli and sftp" in only_line(terminal.fail("ping", "other"))


def test_an_unknown_variable_is_one_sentence(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = ErrorResponse(error=ErrorType.VARIABLE_NOT_FOUND, detail={"message": "Variable nope not found"})
    monkeypatch.setattr(lanes, "list_watermarks", create_autospec(lanes.list_watermarks))
    monkeypatch.setattr(lanes.list_watermarks, "side_effect", [AirflowRuntimeError(missing)])
    assert only_line(terminal.fail("watermarks", "list")) == "ConfigurationError: Variable nope not found"


def only_line(said: str) -> str:
    (line,) = said.splitlines()
    return line


def test_stdout_holds_the_result_alone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = logging.StreamHandler(sys.stdout)
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "loud.py").write_text(LOUD)
    console.main(["calendar", "next", "loud", "--count", "1", "--dags-folder", str(dags), "-o", "json"])
    written = capsys.readouterr()
    assert len(json.loads(written.out)) == 1
    for word in ("a logged line", "a printed line", "a line of structlog"):
        assert word in written.err


def test_a_lane_that_is_not_named_clearly_is_asked_for(world: World, terminal: Terminal) -> None:
    assert "name 0 lanes" in terminal.fail("watermarks", "history", "--flow", "other")


def test_a_close_calendar_lists_its_next_periods(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "calendar.yaml"
    file.write_text("periods: monthly\nbusiness_days: 2\nzone: Europe/Berlin\n")
    periods = json.loads(terminal.run("calendar", "next", str(file), "-o", "json"))
    assert len(periods) == 5
    assert [period["from"][-2:] for period in periods] == ["01"] * 5
