"""What an HTTP status means, and what a person does next."""

from __future__ import annotations

from airflow_provider_mlconnector.errors import (
    ConfigurationError,
    CredentialsError,
    InDoubtError,
    MlconnectorError,
    TransientError,
)
from airflow_provider_mlconnector.http.headers import waiting

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
