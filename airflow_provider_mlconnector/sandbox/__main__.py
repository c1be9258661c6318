"""Runs the sandbox as a process of its own: SYSPRO, and an SFTP server with a folder `inbound` where that is installed.

    python -m airflow_provider_mlconnector.sandbox --port 0 --scale 200 --seed 1

Prints one line of JSON with the addresses once everything answers, and runs until SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow_provider_mlconnector.sandbox.demo.stages import INBOUND, PARTNER_USERS
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.sandbox.syspro.company import START

_SFTP = "airflow_provider_mlconnector.sandbox.sftp"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; returns the exit status."""
    options = _options(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with contextlib.ExitStack() as running:
        syspro = running.enter_context(
            SysproSandbox(
                seed=options.seed,
                scale=options.scale,
                start=options.start,
                zone=options.zone,
                host=options.host,
                port=options.port,
                admin_port=options.admin_port,
            )
        )
        shown: dict[str, Any] = {"syspro": syspro.addresses()}
        sftp = None if options.no_sftp else _sftp(running, options.sftp_port)
        if sftp is not None:
            shown["sftp"] = sftp
        print(json.dumps(shown), flush=True)
        stop.wait()
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m airflow_provider_mlconnector.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="SYSPRO's port; 0 takes a free one")
    parser.add_argument("--admin-port", type=int, default=0, help="port of SYSPRO's admin endpoint, on loopback")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--seed", type=int, default=1, help="makes the data")
    parser.add_argument("--scale", type=int, default=200, help="about how many AP invoices there are")
    parser.add_argument("--start", type=datetime.fromisoformat, default=START, help="the company's local time")
    parser.add_argument("--zone", default="Europe/Berlin", help="the company's time zone")
    parser.add_argument("--sftp-port", type=int, default=0, help="the SFTP server's port; 0 takes a free one")
    parser.add_argument("--no-sftp", action="store_true", help="SYSPRO only")
    return parser.parse_args(arguments)


def _sftp(running: contextlib.ExitStack, port: int) -> dict[str, Any] | None:
    try:
        module = importlib.import_module(_SFTP)
    except ModuleNotFoundError:
        return None
    folder = running.enter_context(tempfile.TemporaryDirectory(prefix="sftp-sandbox-"))
    (Path(folder) / INBOUND).mkdir()
    sandbox = running.enter_context(module.SftpSandbox(Path(folder), PARTNER_USERS, port=port))
    (user, password), *_ = sandbox.users.items()
    shown = {"host": sandbox.host, "port": sandbox.port, "host_key": sandbox.host_key}
    return shown | {"user": user, "password": password, "folder": folder}


if __name__ == "__main__":
    sys.exit(main())
