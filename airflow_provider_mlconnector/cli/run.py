"""Running a command: its function is imported now, and an error becomes one line and an exit code."""

from __future__ import annotations

import logging
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from importlib import import_module

from airflow_provider_mlconnector.errors import MlconnectorError


def runner(function: str) -> Callable[[Namespace], None]:
    """What argparse calls for a command.

    Args:
        function: module and function, joined by a colon.
    """

    def run(arguments: Namespace) -> None:
        # A terminal may ask Airflow's own database for connections, as `airflow connections get` does; tasks may not.
        os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
        logging.getLogger("alembic").setLevel(logging.WARNING)
        module, _, name = function.partition(":")
        try:
            getattr(import_module(module), name)(arguments)
        except MlconnectorError as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            sys.exit(1)

    return run
