"""Opening a ledger: its tables, its identity, its locks, and what it says when it can't be used."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from airflow_provider_mlconnector.errors import ConfigurationError, IntegrityError, TransientError
from airflow_provider_mlconnector.ledger import schema
from airflow_provider_mlconnector.ledger.database import Ledger, begin_write
from airflow_provider_mlconnector.ledger.migration import HEAD, VERSION_TABLE, Migration
from tests.support.together import together


def test_the_migrations_make_the_tables_that_the_code_declares(ledger: Ledger) -> None:
    options = {
        "compare_type": True,
        # SQLite hands defaults back in another spelling.
        "compare_server_default": not ledger.is_sqlite,
        "version_table": VERSION_TABLE,
        "include_object": lambda _one, name, *_rest: name != VERSION_TABLE,
    }
    with ledger.read() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []


def test_the_version_that_is_written_down_is_the_newest_migrations() -> None:
    scripts = ScriptDirectory(str(Path(schema.__file__).parent / "migrations"))
    assert scripts.get_current_head() == HEAD


def test_a_ledger_that_is_up_to_date_is_opened_without_alembic(ledger_url: str, ledger: Ledger) -> None:
    code = (
        "import sys; from airflow_provider_mlconnector.ledger.database import Ledger;"
        "print(Ledger(sys.argv[1]).id, 'alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, ledger_url], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [ledger.id, "False"]


def test_what_is_committed_is_on_the_disk(tmp_path: Path) -> None:
    # In a process of its own: unit tests do not wait for the disk.
    code = (
        "import sys; from airflow_provider_mlconnector.ledger.database import Ledger;"
        "print(Ledger(sys.argv[1]).engine.connect().exec_driver_sql('PRAGMA synchronous').scalar())"
    )
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    done = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2"], "FULL"


def test_a_ledger_keeps_its_identity(ledger: Ledger, ledger_url: str) -> None:
    assert Ledger(ledger_url).id == ledger.id


def test_workers_that_open_a_new_ledger_at_once_agree_on_it(empty_url: str) -> None:
    assert len(set(together(8, lambda _: Ledger(empty_url, busy_timeout=20).id))) == 1


def test_an_empty_ledger_is_not_made_by_looking(empty_url: str) -> None:
    with pytest.raises(ConfigurationError, match="ledger upgrade"):
        Ledger(empty_url, upgrade=False)


@pytest.mark.parametrize("upgrade", [True, False])
def test_a_ledger_of_a_newer_version_is_refused(ledger: Ledger, ledger_url: str, upgrade: bool) -> None:
    with ledger.write() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))  # noqa: S608
    with pytest.raises(IntegrityError, match="newer"):
        Ledger(ledger_url, upgrade=upgrade)


def test_a_ledger_of_this_version_is_opened_without_a_change(ledger: Ledger, ledger_url: str) -> None:
    assert Ledger(ledger_url, upgrade=False).id == ledger.id
    assert Migration(ledger.engine).current() == HEAD


def test_a_lock_that_is_not_let_go_is_a_transient_error(ledger: Ledger, ledger_url: str) -> None:
    other = Ledger(ledger_url, busy_timeout=0.2)
    with ledger.write() as held:
        held.execute(text("INSERT INTO counter (name, next) VALUES ('x', 1)"))
        with pytest.raises(TransientError, match="ledger"), other.write() as connection:
            connection.execute(text("INSERT INTO counter (name, next) VALUES ('x', 1)"))


def test_a_lock_is_waited_for(ledger: Ledger, ledger_url: str) -> None:
    other, waiting, done = Ledger(ledger_url, busy_timeout=20), threading.Event(), []

    def second() -> None:
        waiting.set()
        with other.write() as connection:
            connection.execute(text("UPDATE counter SET next = next + 1 WHERE name = 'x'"))
            done.append(connection.execute(text("SELECT next FROM counter")).scalar_one())

    thread = threading.Thread(target=second)
    with ledger.write() as connection:
        connection.execute(text("INSERT INTO counter (name, next) VALUES ('x', 1)"))
    with ledger.write() as connection:
        connection.execute(text("UPDATE counter SET next = 10 WHERE name = 'x'"))
        thread.start()
        waiting.wait()
    thread.join()
    assert done == [11]


def test_what_fails_leaves_nothing(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), ledger.write() as connection:  # noqa: PT012 - it fails in the middle
        connection.execute(text("INSERT INTO counter (name, next) VALUES ('x', 1)"))
        raise ZeroDivisionError
    with ledger.session() as connection:
        with pytest.raises(ZeroDivisionError), begin_write(connection):  # noqa: PT012
            connection.execute(text("INSERT INTO counter (name, next) VALUES ('x', 1)"))
            raise ZeroDivisionError
        with connection.begin():
            assert connection.execute(text("SELECT count(*) FROM counter")).scalar_one() == 0


@pytest.mark.parametrize("url", ["mysql://h/x", "not a url", "sqlite://", "sqlite:///:memory:"])
def test_what_is_no_ledger_is_said_so(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"ledger"):
        Ledger(url)


def test_a_database_that_is_not_there_is_a_transient_error_and_tells_no_password() -> None:
    with pytest.raises(TransientError) as raised:
        Ledger("postgresql+psycopg2://user:very-secret@127.0.0.1:1/x")
    assert "very-secret" not in str(raised.value)


def test_a_file_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(ConfigurationError, match="not a database"):
        Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")


def test_the_embedded_file_is_private(tmp_path: Path) -> None:
    file = tmp_path / "below" / "ledger.db"
    Ledger(f"sqlite:///{file}")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_ledger_of_the_first_version_keeps_its_claims(ledger_url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        config.attributes.update(connection=connection, version_table=VERSION_TABLE)
        command.upgrade(config, "0001")
        for statement in _OF_THE_FIRST_VERSION:
            connection.execute(text(statement))
    engine.dispose()
    opened = Ledger(ledger_url)
    assert Migration(opened.engine).current() == HEAD
    with opened.read() as connection:
        assert connection.execute(text("SELECT key, document_hash FROM claim")).all() == [("one", None)]


_BATCH = """
    INSERT INTO batch (id, lane_id, run_id, dag_id, state, folder, manifest_sha256, low, high, generation, hash_version,
        began_seq, claimed_seq, rows, counts, totals, created_at)
    VALUES (1, 1, 'r', 'd', 'committed', 'b', 's', '', '', 1, '1', 0, 1, 1, '{}', '{}', '2026-03-01 00:00:00')
"""
_CLAIM = """
    INSERT INTO claim (lane_id, key_hash, batch_id, version_hash, key)
    VALUES (1, '0123456789abcdef', 1, '0123456789abcdef', 'one')
"""
_OF_THE_FIRST_VERSION = (
    "INSERT INTO lane (id, flow, stream, target) VALUES (1, 'f', 's', 't')",
    _BATCH,
    _CLAIM,
)
