"""`make up`: Airflow's UI with the sandbox connected, until Ctrl-C."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from airflow_provider_mlconnector.errors import MlconnectorError
from airflow_provider_mlconnector.sandbox.airflow import ThrowawayAirflow
from airflow_provider_mlconnector.sandbox.demo.stages import IntacctStage, SysproStage
from airflow_provider_mlconnector.sandbox.stampli import StampliSandbox
from airflow_provider_mlconnector.sandbox.wiring import STAMPLI_CONNECTION, stampli, wire

_DAGS = Path(__file__).parents[2] / "dags"
_LOOK_SECONDS = 1.0
# What takes Stampli five minutes happens in one here.
_STAMPLI_SECONDS = 60.0


def main(into: Path = Path("up-run")) -> int:
    """Start sandbox and Airflow, print where they are, and wait.

    Args:
        into: the folder of all state; emptied first.

    Returns:
        The exit code: 0 after Ctrl-C, 1 when a component ended by itself or did not start.
    """
    shutil.rmtree(into, ignore_errors=True)
    try:
        _stay_up(into)
    except KeyboardInterrupt:
        print("\nStopped.")
    except MlconnectorError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _stay_up(into: Path) -> None:
    with SysproStage(into) as syspro, IntacctStage(into) as intacct, StampliSandbox(into / "stampli") as files:
        of_stampli = {STAMPLI_CONNECTION: stampli(files)}
        wiring = wire(into / "airflow", {**syspro.connections(), **intacct.connections(), **of_stampli})
        airflow = ThrowawayAirflow(
            into / "airflow", _DAGS, wiring.environment, wiring.connections, login=True, schedule=True
        )
        files.pass_time(5, invoices=12)
        print("Starting Airflow ...", flush=True)
        with airflow:
            told = f"SYSPRO is told what to do at {syspro.syspro.admin_url}"
            lies = f"Stampli's SFTP server at {files.server.host}:{files.server.port}, its files in {files.root}"
            _show(airflow, (*syspro.shown(), told, *intacct.shown(), lies))
            _wait(airflow, files)


def _wait(airflow: ThrowawayAirflow, files: StampliSandbox) -> None:
    """Wait for Ctrl-C, while Stampli goes on."""
    # Ctrl-C interrupts this wait; nothing ever sets the event.
    pause, next_export = threading.Event(), time.monotonic() + _STAMPLI_SECONDS
    while not pause.wait(_LOOK_SECONDS):
        airflow.check()
        if time.monotonic() >= next_export:
            files.pass_time(5, invoices=1)
            next_export += _STAMPLI_SECONDS


def _show(airflow: ThrowawayAirflow, servers: Sequence[str]) -> None:
    lines = (
        f"Airflow     {airflow.url}",
        f"            sign in as {airflow.user} / {airflow.password}",
        *(f"            {server}" for server in servers),
        f"Logs        {airflow.home / 'logs'}",
        f"Commands    AIRFLOW_HOME={airflow.home} {Path(sys.executable).with_name('airflow')} ...",
        "Ctrl-C stops everything.",
    )
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    sys.exit(main())
