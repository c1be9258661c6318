"""What an HTTP status or a failure below HTTP means, and what a person does next."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpcore
import httpx

from airflow_provider_mlconnector.errors import (
    ConfigurationError,
    CredentialsError,
    InDoubtError,
    MlconnectorError,
    TransientError,
)

FAILURES = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)
_BEFORE_SENDING = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.UnsupportedProtocol, httpx.InvalidURL)
_CONFIGURATION = {
    400: "The server does not understand the request: check the table, its columns and the OData URL template.",
    404: "The server does not know this address: check base URL, REST path, OData URL template, company and table.",
    405: "The server refuses this HTTP method: check the field http_method.",
    413: "The server finds the request too large: lower max_url_bytes.",
    414: "The server finds the URL too long: lower max_url_bytes.",
}


def of_status(
    status: int, retry_after: str | None, what: str, excerpt: str, *, effect: bool = False
) -> MlconnectorError | None:
    """The error that an HTTP status stands for; None for success.

    Args:
        status: the HTTP status.
        retry_after: the header `Retry-After`, in seconds or as a date.
        what: what was asked, for the message.
        excerpt: the beginning of the answer, free of secrets.
        effect: whether the request changes something at the other side.
    """
    if 200 <= status < 300:
        return None
    said = f"{what}: the server answered HTTP {status}" + (f": {excerpt}" if excerpt else ".")
    if effect and (status == 408 or status >= 500):
        return InDoubtError(said, "Look in SYSPRO whether it was done.")
    if status in {408, 425, 429} or status >= 500:
        return TransientError(said, "Try again later.", waiting(retry_after))
    if status in {401, 403}:
        return CredentialsError(said, "Check user and password of the SYSPRO connection, and the operator's rights.")
    step = _CONFIGURATION.get(status, "Check the SYSPRO connection's addresses.")
    return ConfigurationError(said, step)


def of_failure(failure: Exception, what: str, *, effect: bool, seconds: float) -> MlconnectorError:
    """The error that a failure below HTTP stands for.

    Args:
        failure: what the HTTP library raised.
        what: what was asked, for the message.
        effect: whether the request changes something at the other side.
        seconds: how long it took.
    """
    if _untrusted(failure):
        return CredentialsError(
            f"{what}: the server's TLS certificate is not trusted.", "Check host, ca_bundle and the certificate."
        )
    if isinstance(failure, httpx.InvalidURL | httpcore.UnsupportedProtocol):
        return ConfigurationError(f"{what}: the address is not a URL.", "Check the SYSPRO connection's addresses.")
    kind = type(failure).__name__
    if effect and not isinstance(failure, _BEFORE_SENDING):
        return InDoubtError(
            f"{what}: no answer came ({kind} after {seconds:.1f} s).", "Look in SYSPRO whether it was done."
        )
    if isinstance(failure, httpcore.TimeoutException | httpx.TimeoutException):
        said = f"{what}: no complete answer in {seconds:.1f} s ({kind})."
        return TransientError(said, "Raise read_timeout or total_timeout if the server is only slow.")
    return TransientError(f"{what}: the connection failed ({kind}).", "Check that the server is up and reachable.")


def waiting(header: str | None) -> float | None:
    """Seconds that a `Retry-After` header asks to wait, at least zero; None where it is absent or unreadable."""
    if not header:
        return None
    if header.strip().isdigit():
        return float(header)
    moment = date_of(header)
    return None if moment is None else max(0.0, (moment - datetime.now(UTC)).total_seconds())


def date_of(header: str | None) -> datetime | None:
    """An HTTP date as an aware UTC time; None where it is absent or unreadable."""
    if not header:
        return None
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _untrusted(failure: BaseException | None) -> bool:
    while failure is not None:
        if isinstance(failure, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(failure):
            return True
        failure = failure.__cause__ or failure.__context__
    return False
