"""Running a command: its function is imported now, and an error becomes one line and an exit code."""

from __future__ import annotations

import logging
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module

from airflow_provider_mlconnector.errors import MlconnectorError


def runner(function: str) -> Callable[[Namespace], None]:
    """What argparse calls for a command.

    Args:
        function: module and function, joined by a colon; it returns the lines of its result.
    """

    def run(arguments: Namespace) -> None:
        # A terminal may ask Airflow's own database for connections, as `airflow connections get` does; tasks may not.
        os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
        logging.getLogger("alembic").setLevel(logging.WARNING)
        module, _, name = function.partition(":")
        results = sys.stdout
        _log_to_stderr()
        try:
            # Whatever else is printed, by a DAG file or a warning, is no part of the result.
            with redirect_stdout(sys.stderr):
                for line in getattr(import_module(module), name)(arguments):
                    print(line, file=results, flush=True)
        except Exception as error:
            said = _sentence(error)
            if not said:
                raise
            print(said, file=sys.stderr)
            sys.exit(1)

    return run


def _log_to_stderr() -> None:
    """Airflow's log goes to stdout, where the results go."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
            handler.setStream(sys.stderr)


def _sentence(error: Exception) -> str:
    """What a person is told; empty for an error that nobody has foreseen, whose traceback is needed."""
    from airflow.providers.common.compat.sdk import AirflowNotFoundException
    from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType

    if isinstance(error, MlconnectorError):
        return f"{type(error).__name__}: {error}"
    if isinstance(error, AirflowRuntimeError) and error.error.error is ErrorType.VARIABLE_NOT_FOUND:
        return f"ConfigurationError: {(error.error.detail or {}).get('message', 'a variable is missing')}"
    if isinstance(error, AirflowNotFoundException):
        return f"ConfigurationError: {error}. 'airflow connections list' shows those that Airflow stores."
    return ""
