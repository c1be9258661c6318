"""A sandbox that runs in a thread of this process."""

from __future__ import annotations

import ssl
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Self

from airflow_provider_mlconnector.sandbox.intacct.admin import Admin
from airflow_provider_mlconnector.sandbox.intacct.client import AdminClient
from airflow_provider_mlconnector.sandbox.intacct.company import START, Company
from airflow_provider_mlconnector.sandbox.intacct.server import IntacctServer
from airflow_provider_mlconnector.sandbox.intacct.settings import Settings
from airflow_provider_mlconnector.sandbox.intacct.web import GatewayServer
from airflow_provider_mlconnector.sandbox.server_thread import LOOPBACK, Door, ServerThread, shown
from airflow_provider_mlconnector.sandbox.web import WebServer


class IntacctSandbox:
    """A Sage Intacct gateway on loopback, as a context manager.

    Args:
        seed: makes the data.
        scale: how many AP bills there are; the other objects follow.
        start: the clock at the beginning, aware.
        zone: IANA name of the zone that WHENMODIFIED is in.
        hard: whether the records that are hard to handle are there from the beginning (see `opening`).
        host: address to listen on; the admin endpoint always listens on loopback.
        port: port to listen on; 0 takes a free one.
        second_port: port of the second door, where sessions may be sent; 0 takes a free one.
        admin_port: the admin endpoint's port; 0 takes a free one.
        tls: serves HTTPS with it; the admin endpoint stays HTTP.
        settings: fields of `Settings`.

    Attributes:
        endpoint: the gateway's URL.
        second_endpoint: the gateway's URL at the second door.
        admin_url: the admin endpoint.
        sender_id: the sender.
        sender_password: the sender's password.
        company: the company's id.
        user: a user of the company.
        password: the user's password.
        zone: IANA name of the zone that WHENMODIFIED is in.
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
        zone: str = "UTC",
        hard: bool = True,
        host: str = LOOPBACK,
        port: int = 0,
        second_port: int = 0,
        admin_port: int = 0,
        tls: ssl.SSLContext | None = None,
        **settings: Any,
    ) -> None:
        chosen = Settings(**settings)
        self.server = IntacctServer(Company(seed, scale, start, zone), chosen, hard=hard)
        self._host, self._tls = host, tls
        self.settings, self.zone = chosen, zone
        second = partial(self.server.handle, door="port")
        doors = [
            Door(GatewayServer(self.server.handle, self.server.gate, tls), host, port),
            Door(GatewayServer(second, self.server.gate, tls), host, second_port),
            Door(WebServer(Admin(self.server).handle), LOOPBACK, admin_port),
        ]
        self._thread = ServerThread("intacct-sandbox", doors)
        self.sender_id, self.sender_password = chosen.sender_id, chosen.sender_password
        self.company = chosen.company
        self.user, self.password = next(iter(chosen.users.items()))
        self.endpoint = self.second_endpoint = self.admin_url = ""
        self.admin = AdminClient("")

    def __enter__(self) -> Self:
        """Start the server."""
        port, second_port, admin_port = self._thread.start()
        base = f"{'https' if self._tls else 'http'}://{shown(self._host)}"
        self.server.urls = {"main": f"{base}:{port}", "port": f"{base}:{second_port}"}
        self.endpoint = f"{self.server.urls['main']}{self.settings.path}"
        self.second_endpoint = f"{self.server.urls['port']}{self.settings.path}"
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
            "endpoint",
            "second_endpoint",
            "admin_url",
            "sender_id",
            "sender_password",
            "company",
            "user",
            "password",
            "zone",
        )
        return {name: str(getattr(self, name)) for name in names}
