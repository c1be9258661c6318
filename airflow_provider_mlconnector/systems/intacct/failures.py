"""What an HTTP status without a reply of Intacct's, or a failure below HTTP, means."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from airflow_provider_mlconnector.errors import (
    ConfigurationError,
    CredentialsError,
    MlconnectorError,
    TransientError,
)
from airflow_provider_mlconnector.systems.intacct.replies import RateLimitedError

_ENDPOINT = "Check the endpoint of the Intacct connection."


def may_pass(status: int) -> bool:
    """Whether a status may be gone at the next try, whatever the body says; reads may also be repeated after a 524."""
    return status in {408, 425, 429} or status >= 500


def of_status(status: int, retry_after: str | None, what: str, excerpt: str) -> MlconnectorError:
    """The error that a status stands for where the body is no reply of the gateway.

    Args:
        status: the HTTP status; 200 where a page of a proxy came instead of a reply.
        retry_after: the header `Retry-After`.
        what: what was asked, for the message.
        excerpt: the beginning of the answer, free of secrets.
    """
    said = f"{what}: Intacct answered HTTP {status}" + (f": {excerpt}" if excerpt else ".")
    if status == 429:
        return RateLimitedError(said, "Lower concurrency, or let fewer tasks read at once.", waiting(retry_after))
    if may_pass(status):
        return TransientError(said, "Try again later.", waiting(retry_after))
    if 200 <= status < 300:
        return TransientError(f"{what}: the answer is not XML: {excerpt}", _ENDPOINT)
    if status in {401, 403}:
        return CredentialsError(said, "Check sender, company, user and their passwords.")
    return ConfigurationError(said, _ENDPOINT)


def of_failure(error: Exception, what: str, seconds: float) -> MlconnectorError:
    """The error that a failure below HTTP stands for.

    Args:
        error: what the HTTP library raised.
        what: what was asked, for the message.
        seconds: how long it took.
    """
    if _untrusted(error):
        return CredentialsError(
            f"{what}: the server's TLS certificate is not trusted.", "Check host, ca_bundle and the certificate."
        )
    kind = type(error).__name__
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return ConfigurationError(f"{what}: the endpoint is not a URL.", _ENDPOINT)
    if isinstance(error, httpx.TimeoutException):
        said = f"{what}: no complete answer in {seconds:.1f} s ({kind})."
        return TransientError(said, "Raise read_timeout or total_timeout if Intacct is only slow.")
    return TransientError(f"{what}: the connection failed ({kind}).", "Check that Intacct is up and reachable.")


def waiting(header: str | None) -> float | None:
    """Seconds that a `Retry-After` header asks to wait, at least zero; None where it is absent or unreadable."""
    if not header:
        return None
    if header.strip().isdigit():
        return float(header)
    at = date_of(header)
    return None if at is None else max(0.0, (at - datetime.now(UTC)).total_seconds())


def date_of(header: str | None) -> datetime | None:
    """An HTTP date as an aware UTC time; None where it is absent or unreadable."""
    if not header:
        return None
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _untrusted(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
