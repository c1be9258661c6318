"""What the form of every HTTP connection asks for, and the TLS that follows from it."""

from __future__ import annotations

import ssl
from typing import Protocol

from airflow_provider_mlconnector.errors import ConfigurationError


class HttpSettings(Protocol):
    """A connection's fields; a system's own configuration has them among others."""

    @property
    def verify_tls(self) -> bool:
        """Whether the server's certificate is checked."""

    @property
    def ca_bundle(self) -> str:
        """File with the certificates that are trusted; empty: the system's."""

    @property
    def connect_timeout(self) -> float:
        """Seconds for opening a connection."""

    @property
    def read_timeout(self) -> float:
        """Seconds of silence after which an answer is given up."""

    @property
    def total_timeout(self) -> float:
        """Seconds for one request from beginning to end, however busy the line is."""

    @property
    def max_response_mb(self) -> int:
        """Largest answer, in megabytes of 1,000,000 bytes."""


def tls_context(settings: HttpSettings, system: str) -> ssl.SSLContext:
    """How TLS is spoken and checked.

    Raises:
        ConfigurationError: the file of trusted certificates can't be read.
    """
    try:
        context = ssl.create_default_context(cafile=settings.ca_bundle or None)
    except OSError:
        raise ConfigurationError(
            f"{system} connection: field 'ca_bundle': {settings.ca_bundle} is not a readable certificate file."
        ) from None
    if not settings.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
