"""A whole Airflow on loopback ports, started and stopped by one object."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from airflow_provider_mlconnector.errors import TransientError
from airflow_provider_mlconnector.sandbox.airflow.api import Api
from airflow_provider_mlconnector.sandbox.airflow.client import AirflowClient
from airflow_provider_mlconnector.sandbox.airflow.components import Components
from airflow_provider_mlconnector.sandbox.airflow.settings import (
    USER,
    HomeSecrets,
    Settings,
    free_port,
    process_environment,
    write_configuration,
)

_MIGRATE_SECONDS = 300.0
_READY_SECONDS = 180.0
_POLL_SECONDS = 0.1


@dataclass(eq=False, repr=False)
class ThrowawayAirflow(AirflowClient):
    """A real Airflow: SQLite or PostgreSQL, scheduler with LocalExecutor, DAG processor and API server.

    It knows nothing of the user's own Airflow. Its processes end with `stop`, and at the latest with the process that
    started them, even when that one is killed.

    Attributes:
        home: its `AIRFLOW_HOME`; a home that has been used before goes on with its database and secrets. Component logs
            lie in `logs/*.log`, task logs in folders beside them, a plugin of one's own in `plugins/`.
        dags: the DAG folder.
        environment: what its processes find in their environment. `AIRFLOW__<SECTION>__<OPTION>` sets an option.
        connections: by id; a mapping (`conn_type`, `host`, `login`, `password`, `schema`, `port`, `extra`) is created
            in Airflow's database and can be changed with `set_connection`; a text is a URI, kept in the environment.
        variables: by key.
        parallelism: how many tasks run at a time.
        database_url: SQLAlchemy URL of an empty database; a SQLite file in the home where None.
        login: whether people sign in (see `user` and `password`); otherwise everybody is an administrator.
        schedule: whether DAGs run by their schedule too. If so, they are paused at first, as Airflow does it.
        triggerer: whether a triggerer runs, which only deferred tasks need.
        url: where the UI and the API are, once it has started.
        user: who signs in; empty without `login`.
        password: the user's password.
    """

    home: Path
    dags: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    connections: Mapping[str, Mapping[str, Any] | str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    parallelism: int = 4
    database_url: str | None = None
    login: bool = False
    schedule: bool = field(default=False, kw_only=True)
    triggerer: bool = field(default=False, kw_only=True)
    url: str = field(default="", init=False)
    user: str = field(default="", init=False)
    password: str = field(default="", init=False)
    _components: Components | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Make the folders absolute, as Airflow wants them."""
        self.home = self.home.resolve()
        self.dags = self.dags.resolve()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Start all components and wait until each has reported for duty.

        Raises:
            MlconnectorError: one of them ended; the message holds the end of its log.
            TransientError: one of them has not reported in time.
        """
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End every process; does nothing when nothing runs."""
        if self._components is not None:
            self._api.close()
            self._components.stop()
            self._components = None

    def check(self) -> None:
        """Raise when a component has ended by itself.

        Raises:
            MlconnectorError: which one, with the end of its log.
        """
        if self._components is not None:
            self._components.check()

    def component_pid(self, name: str) -> int:
        """The process id of `scheduler`, `dag-processor`, `api-server` or `triggerer`.

        Raises:
            TransientError: this Airflow isn't running.
        """
        if self._components is None:
            raise TransientError("This Airflow isn't running.")
        return self._components.pid(name)

    def _start(self) -> None:
        for folder in (self.home, self.home / "logs", self.home / "plugins"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = Settings(
            home=self.home,
            dags=self.dags,
            port=free_port(),
            parallelism=self.parallelism,
            database_url=self.database_url or "",
            login=self.login,
            schedule=self.schedule,
        )
        write_configuration(settings, self.environment)
        self._sign_up(settings)
        environment = process_environment(settings, {**self.environment, **self._uris()})
        self._components = Components(self.home / "logs", environment)
        self._start_components(self._components, settings.port)
        self._wait_until_ready(self._components)
        self._declare()

    def _sign_up(self, settings: Settings) -> None:
        self.url = f"http://127.0.0.1:{settings.port}"
        if self.login:
            self.user, self.password = USER, HomeSecrets.of(self.home).password
        super().__init__(Api(self.url, self.user, self.password))

    def _uris(self) -> dict[str, str]:
        texts = {conn_id: uri for conn_id, uri in self.connections.items() if isinstance(uri, str)}
        return {f"AIRFLOW_CONN_{conn_id.upper()}": uri for conn_id, uri in texts.items()}

    def _start_components(self, components: Components, port: int) -> None:
        components.run("migrate", "db", "migrate", timeout=_MIGRATE_SECONDS)
        api = ("api-server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1")
        components.start("api-server", *api)
        components.start("scheduler", "scheduler", "--skip-serve-logs")
        components.start("dag-processor", "dag-processor")
        if self.triggerer:
            components.start("triggerer", "triggerer", "--skip-serve-logs")

    def _wait_until_ready(self, components: Components) -> None:
        awaited = {"metadatabase", "scheduler", "dag_processor"} | ({"triggerer"} if self.triggerer else set())
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            components.check()
            health = self._api.health()
            late = sorted(name for name in awaited if health.get(name) != "healthy")
            if not late:
                return
            if time.monotonic() > deadline:
                what = f"Airflow's {', '.join(late)} did not report within {_READY_SECONDS:g} s."
                raise TransientError(what, f"Look into {self.home}/logs.")
            time.sleep(_POLL_SECONDS)

    def _declare(self) -> None:
        for conn_id, connection in self.connections.items():
            if not isinstance(connection, str):
                self.set_connection(conn_id, connection)
        for key, value in self.variables.items():
            self.set_variable(key, value)
