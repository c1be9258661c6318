"""Ledgers that have this version's tables from the start, copied from one: a migration takes a quarter of a second."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import text

from airflow_provider_mlconnector.ledger.database import Ledger


def sqlite_ledger(file: Path) -> str:
    """Put an SQLite ledger there, unless there is one; returns its URL."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(_migrated_file(), file)
        file.chmod(0o600)
    return f"sqlite:///{file}"


def migrate(url: str) -> None:
    """Give a database the tables of a ledger that nobody has opened yet: its id is made by whoever does so first."""
    ledger = Ledger(url)
    with ledger.write() as connection:
        connection.execute(text("DELETE FROM ledger"))
    ledger.engine.dispose()


@cache
def _migrated_file() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    migrate(f"sqlite:///{folder / 'ledger.db'}")
    return folder / "ledger.db"
