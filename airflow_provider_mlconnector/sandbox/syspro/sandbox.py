"""A sandbox that runs in a thread of this process."""

from __future__ import annotations

import ssl
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from airflow_provider_mlconnector.sandbox.server_thread import LOOPBACK, Door, ServerThread, shown
from airflow_provider_mlconnector.sandbox.syspro.admin import Admin
from airflow_provider_mlconnector.sandbox.syspro.client import AdminClient
from airflow_provider_mlconnector.sandbox.syspro.company import START, Company
from airflow_provider_mlconnector.sandbox.syspro.server import SysproServer
from airflow_provider_mlconnector.sandbox.syspro.settings import Settings
from airflow_provider_mlconnector.sandbox.web import WebServer


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
        host: str = LOOPBACK,
        port: int = 0,
        admin_port: int = 0,
        tls: ssl.SSLContext | None = None,
        **settings: Any,
    ) -> None:
        chosen = Settings(**settings)
        self.server = SysproServer(Company(seed, scale, start, zone, company), chosen, hard=hard)
        self._host, self._tls = host, tls
        self.settings = chosen
        doors = [
            Door(WebServer(self.server.handle, tls), host, port),
            Door(WebServer(Admin(self.server).handle), LOOPBACK, admin_port),
        ]
        self._thread = ServerThread("syspro-sandbox", doors)
        self.company, self.zone, self.rest_path = company, zone, chosen.rest_path
        self.company_password = chosen.company_password
        self.operator, self.password = next(iter(chosen.operators.items()))
        self.odata_user, self.odata_password = next(iter(chosen.odata_users.items()))
        self.base_url = self.odata_base_url = self.admin_url = ""
        self.admin = AdminClient("")

    def __enter__(self) -> Self:
        """Start the server."""
        port, admin_port = self._thread.start()
        self.base_url = f"{'https' if self._tls else 'http'}://{shown(self._host)}:{port}"
        self.odata_base_url = f"{self.base_url}{self.server.settings.odata_path}"
        self.admin_url = f"http://{LOOPBACK}:{admin_port}"
        self.admin = AdminClient(self.admin_url)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server, also while requests hang in it."""
        self._thread.stop()

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
