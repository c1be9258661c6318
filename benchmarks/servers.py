"""The sandbox as a process of its own, so that serving pages does not take from whoever is measured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def sandbox(rows: int) -> Iterator[dict[str, Any]]:
    """Addresses and users of a running sandbox with about so many invoices."""
    command = [sys.executable, "-m", "airflow_provider_mlconnector.sandbox", "--scale", str(rows)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(30)
