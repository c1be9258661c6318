"""`make up`: Airflow's UI with the sandbox connected, until Ctrl-C."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from airflow_provider_mlconnector.errors import MlconnectorError
from airflow_provider_mlconnector.sandbox.airflow import ThrowawayAirflow
from airflow_provider_mlconnector.sandbox.demo.stages import IntacctStage, SysproStage
from airflow_provider_mlconnector.sandbox.wiring import wire

_DAGS = Path(__file__).parents[2] / "dags"
_LOOK_SECONDS = 1.0


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
    with SysproStage(into) as syspro, IntacctStage(into) as intacct:
        wiring = wire(into / "airflow", {**syspro.connections(), **intacct.connections()})
        airflow = ThrowawayAirflow(
            into / "airflow", _DAGS, wiring.environment, wiring.connections, login=True, schedule=True
        )
        print("Starting Airflow ...", flush=True)
        with airflow:
            told = f"SYSPRO is told what to do at {syspro.syspro.admin_url}"
            _show(airflow, (*syspro.shown(), told, *intacct.shown()))
            # Ctrl-C interrupts this wait; nothing ever sets the event.
            pause = threading.Event()
            while not pause.wait(_LOOK_SECONDS):
                airflow.check()


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
