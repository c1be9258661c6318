"""The demo's part of one flow: servers, Airflow, the runs in their order, and what is printed of them."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from airflow_provider_mlconnector.errors import MlconnectorError
from airflow_provider_mlconnector.sandbox.airflow import ThrowawayAirflow
from airflow_provider_mlconnector.sandbox.demo.closing import waiting
from airflow_provider_mlconnector.sandbox.demo.figures import RunFigures, figures_of
from airflow_provider_mlconnector.sandbox.demo.flows import Act, DemoFlow
from airflow_provider_mlconnector.sandbox.wiring import wire

_RUN_SECONDS = 300.0


def show(flow: DemoFlow, dags: Path, into: Path) -> list[RunFigures]:
    """Run a flow's acts one after the other, printing what happens.

    Args:
        flow: what is run.
        dags: the DAG folder.
        into: where files, logs and ledger are left.

    Raises:
        MlconnectorError: Airflow did not start, or a run failed.
    """
    into.mkdir(parents=True)
    with flow.stage(into) as stage:
        wiring = wire(into / "airflow", stage.connections())
        say(f"{', '.join(stage.shown())}; starting Airflow ...")
        started = time.monotonic()
        folder = stage.dags(dags)
        with ThrowawayAirflow(into / "airflow", folder, wiring.environment, wiring.connections) as airflow:
            say(f"Airflow is up after {time.monotonic() - started:.0f} s")
            runs = []
            for number, act in enumerate(flow.acts, 1):
                act.happens(stage)
                run = _run(flow, act, number, airflow)
                if not act.dag:
                    runs.append(run)
                    if flow.posts:
                        _print_posted(run, _ledger(airflow))
                    else:
                        _print(run, into)
        for line in stage.closing(_ledger(airflow)):
            say(line)
        command = Path(sys.executable).with_name("mlconnector")
        say(f"\nWhat waits for a person: AIRFLOW_HOME={airflow.home} {command} exceptions list")
    return runs


def say(text: str) -> None:
    """Print at once, so that it can be followed while it runs."""
    print(text, flush=True)


def _run(flow: DemoFlow, act: Act, number: int, airflow: ThrowawayAirflow) -> RunFigures:
    dag = act.dag or flow.name
    say(f"\nRun {number} of {dag}: {act.title}")
    started = time.monotonic()
    run_id = airflow.trigger(dag, run_id=f"demo_{number}")
    done: set[str] = set()

    def progress(line: str) -> None:
        task = line.split(" ", 1)[0]
        if "success" in line and task not in done:
            done.add(task)
            say(f"  {time.monotonic() - started:5.1f} s  {line}")

    state = airflow.wait(dag, run_id, timeout=_RUN_SECONDS, progress=progress)
    if state != "success":
        raise MlconnectorError(f"run {run_id} is {state}.", f"Its logs lie in {airflow.home}/logs.")
    return RunFigures(run_id, state, time.monotonic() - started, figures_of(_ledger(airflow), flow.name, run_id))


def _ledger(airflow: ThrowawayAirflow) -> Path:
    return airflow.home / "mlconnector" / "ledger.db"


def _print(run: RunFigures, folder: Path) -> None:
    say(f"  {'stream':<18}{'partner':<18}{'read':>7}{'sent':>7}{'skipped':>9}{'exceptions':>12}  files")
    for stream in run.streams:
        files = ", ".join(stream.files) or "-"
        row = f"{stream.read:>7}{stream.sent:>7}{stream.skipped:>9}{stream.exceptions:>12}"
        say(f"  {stream.stream:<18}{stream.target:<18}{row}  {files}")
    sums = f"{run.total('read'):>7}{run.total('sent'):>7}{run.total('skipped'):>9}{run.total('exceptions'):>12}"
    say(f"  {'together':<36}{sums}  in {folder} after {run.seconds:.0f} s")


def _print_posted(run: RunFigures, ledger: Path) -> None:
    say(f"  {'stream':<18}{'into':<18}{'read':>7}{'posted':>8}{'adopted':>9}{'skipped':>9}{'aside':>7}")
    for stream in run.streams:
        row = f"{stream.read:>7}{stream.sent - stream.adopted:>8}{stream.adopted:>9}{stream.skipped:>9}"
        say(f"  {stream.stream:<18}{stream.target:<18}{row}{stream.exceptions:>7}")
    posted, adopted = run.total("sent") - run.total("adopted"), run.total("adopted")
    sums = f"{run.total('read'):>7}{posted:>8}{adopted:>9}{run.total('skipped'):>9}{run.total('exceptions'):>7}"
    say(f"  {'together':<36}{sums}  after {run.seconds:.0f} s")
    for line in waiting(ledger, run.run_id):
        say(line)
