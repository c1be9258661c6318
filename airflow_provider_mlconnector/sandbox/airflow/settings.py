"""The configuration of a throwaway Airflow: a file of its own, and an environment without the user's Airflow."""

from __future__ import annotations

import base64
import json
import os
import secrets
import socket
from collections.abc import Mapping
from configparser import ConfigParser
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path

USER = "admin"
_PREFIX = "AIRFLOW__"
_PASSWORDS = "passwords.json"


@dataclass(frozen=True)
class HomeSecrets:
    """The random secrets of one home; kept in it, so that a second start can read what the first one encrypted.

    Attributes:
        fernet_key: encrypts connections and variables in Airflow's database.
        jwt_secret: signs the tokens of the API.
        secret_key: signs sessions and log continuation tokens.
        password: of the user `admin`.
    """

    fernet_key: str
    jwt_secret: str
    secret_key: str
    password: str

    @classmethod
    def of(cls, home: Path) -> HomeSecrets:
        """The secrets of a home, made when it has none yet."""
        kept = home / "secrets.json"
        if kept.exists():
            return cls(**json.loads(kept.read_text(encoding="utf-8")))
        made = cls(
            fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            jwt_secret=secrets.token_hex(32),
            secret_key=secrets.token_hex(32),
            password=secrets.token_urlsafe(12),
        )
        write_private(kept, json.dumps(asdict(made)))
        write_private(home / _PASSWORDS, json.dumps({USER: made.password}))
        return made


@dataclass(frozen=True)
class Settings:
    """What distinguishes one throwaway Airflow from another.

    Attributes:
        home: its `AIRFLOW_HOME`.
        dags: the DAG folder.
        port: the loopback port of the API server.
        parallelism: how many tasks run at a time.
        database_url: SQLAlchemy URL of its database; empty for a SQLite file in the home.
        login: whether users sign in; otherwise everybody who reaches the port is an administrator.
        schedule: whether DAGs run by their schedule too, rather than only when they are triggered.
    """

    home: Path
    dags: Path
    port: int
    parallelism: int
    database_url: str
    login: bool
    schedule: bool


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def write_configuration(settings: Settings, environment: Mapping[str, str]) -> None:
    """Write `airflow.cfg` into the home, so that a person's `AIRFLOW_HOME=<home> airflow ...` means the same Airflow.

    Args:
        settings: see `Settings`.
        environment: variables named `AIRFLOW__<SECTION>__<OPTION>` go into the file, over our own values.
    """
    sections = _sections(settings, HomeSecrets.of(settings.home))
    for name, value in environment.items():
        if name.startswith(_PREFIX):
            section, option = name.removeprefix(_PREFIX).lower().split("__", 1)
            sections.setdefault(section, {})[option] = value
    parser = ConfigParser(interpolation=None)
    # Airflow reads the file with interpolation: a percent sign stands for itself only when doubled.
    doubled = {name: {key: text.replace("%", "%%") for key, text in of.items()} for name, of in sections.items()}
    parser.read_dict(doubled)
    text = StringIO()
    parser.write(text)
    write_private(settings.home / "airflow.cfg", text.getvalue())


def process_environment(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of the components: the user's without its Airflow, with what was asked for.

    Args:
        settings: see `Settings`.
        environment: variables that aren't Airflow options; those go into the file.
    """
    own = {name: value for name, value in os.environ.items() if not name.lstrip("_").startswith("AIRFLOW")}
    asked = {name: value for name, value in environment.items() if not name.startswith(_PREFIX)}
    fixed = {
        "AIRFLOW_HOME": str(settings.home),
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "NO_COLOR": "1",
        "PYTHONUNBUFFERED": "1",
        "SCARF_ANALYTICS": "false",
        "DO_NOT_TRACK": "1",
    }
    return own | fixed | asked


def free_port() -> int:
    """A loopback port that nobody is given for the next minute.

    A connection is made over it and closed from the listening side: the port then rests in TIME_WAIT, in which the
    kernel hands it to nobody who asks for any port, while a server that asks for this one gets it.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        port: int = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            accepted, _ = listener.accept()
            accepted.close()
    return port


def _sections(settings: Settings, keys: HomeSecrets) -> dict[str, dict[str, str]]:
    home = settings.home
    url = f"http://127.0.0.1:{settings.port}"
    return {
        "core": {
            "dags_folder": str(settings.dags),
            "plugins_folder": str(home / "plugins"),
            "load_examples": "False",
            "executor": "LocalExecutor",
            "parallelism": str(settings.parallelism),
            "dags_are_paused_at_creation": str(settings.schedule),
            "fernet_key": keys.fernet_key,
            "hostname_callable": "socket.gethostname",
            "execution_api_server_url": f"{url}/execution/",
            "simple_auth_manager_users": f"{USER}:admin",
            "simple_auth_manager_passwords_file": str(home / _PASSWORDS),
            "simple_auth_manager_all_admins": str(not settings.login),
            "min_serialized_dag_update_interval": "1",
            "dagbag_import_timeout": "120",
            "test_connection": "Enabled",
        },
        # Writers queue for SQLite's one write lock; its default of 5 s is short for a machine under load.
        "database": {"sql_alchemy_conn": settings.database_url or f"sqlite:///{home / 'airflow.db'}?timeout=60"},
        "api": {"host": "127.0.0.1", "port": str(settings.port), "base_url": url, "secret_key": keys.secret_key},
        "api_auth": {"jwt_secret": keys.jwt_secret},
        "logging": {"base_log_folder": str(home / "logs"), "colored_console_log": "False"},
        "scheduler": {
            "scheduler_idle_sleep_time": "0.2",
            "scheduler_heartbeat_sec": "1",
            "job_heartbeat_sec": "2",
            "use_job_schedule": str(settings.schedule),
            "task_instance_heartbeat_timeout": "60",
            "task_instance_heartbeat_timeout_detection_interval": "5",
        },
        "dag_processor": {
            # A changed file is parsed again at once; an unchanged one seldom, as parsing takes the tasks' processors.
            "refresh_interval": "2",
            "bundle_refresh_check_interval": "1",
            "min_file_process_interval": "120",
            "stale_dag_threshold": "300",
            "dag_file_processor_timeout": "150",
        },
        "workers": {"min_heartbeat_interval": "2"},
        "triggerer": {"job_heartbeat_sec": "2"},
        "usage_data_collection": {"enabled": "False"},
    }
