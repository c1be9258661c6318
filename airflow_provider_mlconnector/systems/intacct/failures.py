"""What an HTTP status without a reply of Intacct's means."""

from __future__ import annotations

from airflow_provider_mlconnector.errors import (
    ConfigurationError,
    CredentialsError,
    MlconnectorError,
    TransientError,
)
from airflow_provider_mlconnector.http.headers import waiting
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
