"""`make up`: Airflow's UI with the sandbox connected, until Ctrl-C."""

from __future__ import annotations

import shutil
import sys
import threading
from pathlib import Path

from airflow_provider_mlconnector.errors import MlconnectorError
from airflow_provider_mlconnector.sandbox.airflow import ThrowawayAirflow
from airflow_provider_mlconnector.sandbox.demo.flows import INBOUND, PARTNER_USERS
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
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
    (into / "partner" / INBOUND).mkdir(parents=True)
    with SysproSandbox() as syspro, SftpSandbox(into / "partner", PARTNER_USERS) as sftp:
        wiring = wire(syspro, sftp, into / "airflow")
        airflow = ThrowawayAirflow(
            into / "airflow", _DAGS, wiring.environment, wiring.connections, login=True, schedule=True
        )
        print("Starting Airflow ...", flush=True)
        with airflow:
            _show(airflow, syspro, sftp)
            # Ctrl-C interrupts this wait; nothing ever sets the event.
            pause = threading.Event()
            while not pause.wait(_LOOK_SECONDS):
                airflow.check()


def _show(airflow: ThrowawayAirflow, syspro: SysproSandbox, sftp: SftpSandbox) -> None:
    lines = (
        f"Airflow     {airflow.url}",
        f"            sign in as {airflow.user} / {airflow.password}",
        f"SYSPRO      {syspro.base_url}, told what to do at {syspro.admin_url}",
        f"SFTP        {sftp.host}:{sftp.port}, its folder is {sftp.root.resolve()}",
        f"Logs        {airflow.home / 'logs'}",
        f"Commands    AIRFLOW_HOME={airflow.home} {Path(sys.executable).with_name('airflow')} ...",
        "Ctrl-C stops everything.",
    )
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    sys.exit(main())
