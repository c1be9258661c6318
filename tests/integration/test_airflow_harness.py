"""A real Airflow, driven as a person drives it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_mlconnector.errors import ConfigurationError, CredentialsError, MlconnectorError, TransientError
from airflow_provider_mlconnector.sandbox.airflow import ThrowawayAirflow
from airflow_provider_mlconnector.sandbox.airflow.api import Api
from airflow_provider_mlconnector.sandbox.airflow.sweep import survivors

pytestmark = [pytest.mark.slow(reason="starts a whole Airflow")]

DAG = """
import os
import time
from pathlib import Path
from airflow.sdk import BaseHook, Variable, dag, get_current_context, task

FOLDER = Path(__file__).parent

@dag(schedule=None)
def tiny():
    @task
    def first():
        print("the first task says hello")
        return {"rows": 3, "host": BaseHook.get_connection("partner").host}

    @task
    def second(pushed):
        if (FOLDER / "break").exists():
            raise ValueError("broken on purpose")
        context = get_current_context()
        return [pushed["host"], context["params"].get("word"), Variable.get("colour"), str(context["logical_date"])]

    @task
    def third(pushed):
        return sorted(name for name in os.environ if name.startswith("AIRFLOW_CONN"))

    third(second(first()))

@dag(schedule=None)
def endless():
    @task
    def sleep():
        time.sleep(600)

    sleep()

@dag(schedule="@daily", catchup=True, start_date=__import__("datetime").datetime(2026, 1, 1))
def daily():
    @task
    def nothing():
        pass

    nothing()

tiny()
endless()
daily()
"""


@dataclass
class Running:
    airflow: ThrowawayAirflow
    dags: Path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("airflow")
    dags = folder / "dags"
    dags.mkdir()
    (dags / "tiny.py").write_text(DAG)
    with pytest.MonkeyPatch.context() as theirs:
        theirs.setenv("AIRFLOW_CONN_THEIRS", "http://host")
        theirs.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "True")
        connections: dict[str, Mapping[str, Any] | str] = {
            "partner": {"conn_type": "sftp", "host": "one", "extra": {"port": 1}},
            "ours": "http://host",
        }
        airflow = ThrowawayAirflow(
            folder / "home", dags, {"AIRFLOW__CORE__PARALLELISM": "3"}, connections, {"colour": "green"}
        )
        with airflow:
            yield Running(airflow, dags)


@pytest.fixture
def airflow(running: Running) -> ThrowawayAirflow:
    running.airflow.set_connection("partner", {"conn_type": "sftp", "host": "one"})
    return running.airflow


@pytest.fixture
def broken(running: Running) -> Iterator[Path]:
    flag = running.dags / "break"
    flag.touch()
    yield flag
    flag.unlink(missing_ok=True)


def states(airflow: ThrowawayAirflow, run_id: str) -> dict[str, tuple[str | None, int]]:
    return {name: (task.state, task.try_number) for name, task in airflow.task_states("tiny", run_id).items()}


def until(holds: Callable[[], bool], timeout: float = 30) -> None:
    deadline = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_run_shows_its_progress_log_and_xcoms(airflow: ThrowawayAirflow) -> None:
    lines: list[str] = []
    run_id = airflow.trigger("tiny", conf={"word": "müde"})
    assert airflow.wait("tiny", run_id, 60, lines.append) == "success"
    assert states(airflow, run_id) == {"first": ("success", 1), "second": ("success", 1), "third": ("success", 1)}
    assert {"tiny.first: success", "tiny.third: success"} <= set(lines)
    assert "the first task says hello" in airflow.task_log("tiny", run_id, "first")
    pushed = airflow.xcoms("tiny", run_id)
    assert pushed["first"]["return_value"] == {"rows": 3, "host": "one"}
    assert pushed["second"]["return_value"][:3] == ["one", "müde", "green"]
    assert pushed["third"]["return_value"] == ["AIRFLOW_CONN_OURS"]
    assert airflow.task_pids("tiny", run_id).keys() == {"first", "second", "third"}


def test_a_failed_run_is_mended_and_cleared(airflow: ThrowawayAirflow, broken: Path) -> None:
    run_id = airflow.trigger("tiny", run_id="mend_me")
    assert run_id == "mend_me"
    assert airflow.wait("tiny", run_id, 60) == "failed"
    assert states(airflow, run_id)["second"] == ("failed", 1)
    assert "broken on purpose" in airflow.task_log("tiny", run_id, "second")
    broken.unlink()
    assert airflow.clear("tiny", run_id, ["second"], downstream=True) == ["second", "third"]
    assert airflow.wait("tiny", run_id, 60) == "success"
    assert states(airflow, run_id) == {"first": ("success", 1), "second": ("success", 2), "third": ("success", 1)}


def test_only_what_failed_is_cleared_when_asked(airflow: ThrowawayAirflow, broken: Path) -> None:
    run_id = airflow.trigger("tiny")
    airflow.wait("tiny", run_id, 60)
    broken.unlink()
    assert "first" not in airflow.clear("tiny", run_id, only_failed=True)
    assert airflow.wait("tiny", run_id, 60) == "success"


def test_a_whole_run_or_one_task_is_cleared(airflow: ThrowawayAirflow) -> None:
    run_id = airflow.trigger("tiny")
    airflow.wait("tiny", run_id, 60)
    assert airflow.clear("tiny", run_id, ["first"]) == ["first"]
    assert airflow.wait("tiny", run_id, 60) == "success"
    assert states(airflow, run_id) == {"first": ("success", 2), "second": ("success", 1), "third": ("success", 1)}
    airflow.clear("tiny", run_id)
    assert airflow.wait("tiny", run_id, 60) == "success"
    assert states(airflow, run_id) == {"first": ("success", 3), "second": ("success", 2), "third": ("success", 2)}


def test_a_task_is_marked_as_succeeded(airflow: ThrowawayAirflow, broken: Path) -> None:
    run_id = airflow.trigger("tiny")
    assert airflow.wait("tiny", run_id, 60) == "failed"
    airflow.mark_success("tiny", run_id, "second")
    airflow.mark_failed("tiny", run_id, "third")
    found = {name: state for name, (state, _) in states(airflow, run_id).items()}
    assert found == {"first": "success", "second": "success", "third": "failed"}


def test_a_connection_can_change(airflow: ThrowawayAirflow) -> None:
    airflow.set_connection("partner", {"conn_type": "sftp", "host": "two"})
    run_id = airflow.trigger("tiny", logical_date=None)
    airflow.wait("tiny", run_id, 60)
    assert airflow.xcoms("tiny", run_id)["first"]["return_value"]["host"] == "two"
    assert airflow.run("tiny", run_id)["logical_date"] is None


def test_a_paused_dag_waits(airflow: ThrowawayAirflow) -> None:
    airflow.wait_for_dag("tiny")
    airflow.pause("tiny")
    run_id = airflow.trigger("tiny")
    with pytest.raises(TransientError, match=f"{re.escape(run_id)}.*queued"):
        airflow.wait("tiny", run_id, 1)
    airflow.unpause("tiny")
    assert airflow.wait("tiny", run_id, 60) == "success"


def test_nothing_runs_by_its_schedule_and_no_examples_are_loaded(airflow: ThrowawayAirflow) -> None:
    airflow.wait_for_dag("daily")
    run_id = airflow.trigger("daily")
    assert airflow.wait("daily", run_id, 60) == "success"
    assert airflow.runs("daily") == [run_id]
    with pytest.raises(TransientError, match="example_bash_operator"):
        airflow.wait_for_dag("example_bash_operator", 0)


def test_a_dag_file_that_cannot_be_imported_is_an_error(running: Running) -> None:
    file = running.dags / "wrong.py"
    file.write_text("from airflow.sdk import dag\nimport nowhere_to_be_found\n")
    try:
        until(lambda: running.airflow.import_errors() != {})
        with pytest.raises(ConfigurationError, match=r"(?s)never_there.*wrong\.py.*nowhere_to_be_found"):
            running.airflow.wait_for_dag("never_there", 0)
    finally:
        file.unlink()


def test_stopping_leaves_no_process_behind(tmp_path: Path) -> None:
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "tiny.py").write_text(DAG)
    airflow = ThrowawayAirflow(tmp_path / "home", dags, login=True)
    before = _children()
    with airflow:
        _signing_in(airflow)
        run_id = airflow.trigger("endless")
        until(lambda: airflow.task_states("endless", run_id)["sleep"].state == "running")
        sessions = {airflow.component_pid(name) for name in ("scheduler", "dag-processor", "api-server")}
        started = {process.pid for process in survivors(sessions, "none")}
        assert sessions | set(airflow.task_pids("endless", run_id).values()) <= started
    assert survivors(sessions, "none") == []
    assert _children() <= before


def _signing_in(airflow: ThrowawayAirflow) -> None:
    assert (airflow.user, len(airflow.password) > 10) == ("admin", True)
    for user, password in (("admin", "guessed"), ("", "")):
        with pytest.raises(CredentialsError):
            Api(airflow.url, user, password).call("GET", "dags")


def test_a_start_that_fails_leaves_no_process_behind(tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    airflow = ThrowawayAirflow(tmp_path / "home", tmp_path / "dags", database_url="sqlite:////nowhere/airflow.db")
    before = _children()
    with pytest.raises(MlconnectorError, match="Airflow's migrate ended with code 1"):
        airflow.start()
    assert _children() <= before
    airflow.stop()


def _children() -> set[str]:
    lists = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {pid for children in lists for pid in children.read_text().split()}
