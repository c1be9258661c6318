"""A sandbox that runs in a thread of this process."""

from __future__ import annotations

import asyncio
import ssl
import threading
from concurrent.futures import Future
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from airflow_provider_mlconnector.sandbox.syspro.admin import Admin
from airflow_provider_mlconnector.sandbox.syspro.client import AdminClient
from airflow_provider_mlconnector.sandbox.syspro.company import START, Company
from airflow_provider_mlconnector.sandbox.syspro.server import SysproServer
from airflow_provider_mlconnector.sandbox.syspro.settings import Settings
from airflow_provider_mlconnector.sandbox.web import WebServer

_LOOPBACK = "127.0.0.1"
_PATIENCE = 30


class SysproSandbox:
    """A SYSPRO server on loopback, as a context manager.

    Args:
        seed: makes the data.
        scale: about how many AP invoices there are; the other tables follow.
        start: the company's local date and time at the beginning, naive.
        zone: IANA name of the company's zone.
        company: the company's id.
        hard: whether the records that are hard to handle are there from the beginning (see `opening`).
        host: address to listen on; the admin endpoint always listens on loopback.
        port: port to listen on; 0 takes a free one.
        admin_port: the admin endpoint's port; 0 takes a free one.
        tls: serves HTTPS with it; the admin endpoint stays HTTP.
        settings: fields of `Settings`.

    Attributes:
        base_url: e.net's host and port, without a path, such as `http://127.0.0.1:40000`.
        rest_path: e.net's path.
        odata_base_url: OData's base, without company and table.
        admin_url: the admin endpoint.
        company: the company's id.
        company_password: the company's password.
        operator: an e.net operator.
        password: the operator's password.
        odata_user: an OData user.
        odata_password: the OData user's password.
        zone: IANA name of the company's zone.
        admin: a client of the admin endpoint.
        settings: what the server is set to.
        server: the server itself, for a look inside.
    """

    def __init__(  # noqa: PLR0913 - all by keyword
        self,
        *,
        seed: int = 1,
        scale: int = 200,
        start: datetime = START,
        zone: str = "Europe/Berlin",
        company: str = "MLC",
        hard: bool = True,
        host: str = _LOOPBACK,
        port: int = 0,
        admin_port: int = 0,
        tls: ssl.SSLContext | None = None,
        **settings: Any,
    ) -> None:
        chosen = Settings(**settings)
        self.server = SysproServer(Company(seed, scale, start, zone, company), chosen, hard=hard)
        self._host, self._port, self._admin_port, self._tls = host, port, admin_port, tls
        self.settings = chosen
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self.company, self.zone, self.rest_path = company, zone, chosen.rest_path
        self.company_password = chosen.company_password
        self.operator, self.password = next(iter(chosen.operators.items()))
        self.odata_user, self.odata_password = next(iter(chosen.odata_users.items()))
        self.base_url = self.odata_base_url = self.admin_url = ""
        self.admin = AdminClient("")

    def __enter__(self) -> Self:
        """Start the server."""
        ready: Future[tuple[int, int]] = Future()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="syspro-sandbox", daemon=True)
        self._thread.start()
        port, admin_port = ready.result(_PATIENCE)
        shown = _LOOPBACK if self._host in ("0.0.0.0", "::") else self._host  # noqa: S104 - compared only
        self.base_url = f"{'https' if self._tls else 'http'}://{shown}:{port}"
        self.odata_base_url = f"{self.base_url}{self.server.settings.odata_path}"
        self.admin_url = f"http://{_LOOPBACK}:{admin_port}"
        self.admin = AdminClient(self.admin_url)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server, also while requests hang in it."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_PATIENCE)

    def addresses(self) -> dict[str, str]:
        """What a client has to know, passwords included."""
        names = (
            "base_url",
            "rest_path",
            "odata_base_url",
            "admin_url",
            "company",
            "company_password",
            "operator",
            "password",
            "odata_user",
            "odata_password",
            "zone",
        )
        return {name: str(getattr(self, name)) for name in names}

    def _run(self, ready: Future[tuple[int, int]]) -> None:
        asyncio.run(self._serve(ready))

    async def _serve(self, ready: Future[tuple[int, int]]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        doors = WebServer(self.server.handle, self._tls), WebServer(Admin(self.server).handle)
        try:
            ports = await doors[0].start(self._host, self._port), await doors[1].start(_LOOPBACK, self._admin_port)
        except OSError as error:
            ready.set_exception(error)
            return
        ready.set_result(ports)
        await self._stop.wait()
        for door in doors:
            await door.stop()
