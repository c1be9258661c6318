"""What a failure below HTTP means, and what a person does next."""

from __future__ import annotations

import ssl

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
_NO_ADDRESS = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol)
_BEFORE_SENDING = (httpcore.ConnectError, httpcore.ConnectTimeout)


def of_failure(failure: Exception, system: str, what: str, *, effect: bool, seconds: float) -> MlconnectorError:
    """The error that a failure below HTTP stands for.

    Args:
        failure: what the HTTP library raised.
        system: the other side's name.
        what: what was asked, for the message.
        effect: whether the request changes something at the other side.
        seconds: how long it took.
    """
    if _untrusted(failure):
        return CredentialsError(
            f"{what}: the server's TLS certificate is not trusted.", "Check host, ca_bundle and the certificate."
        )
    if isinstance(failure, _NO_ADDRESS):
        return ConfigurationError(f"{what}: the address is not a URL.", f"Check the {system} connection's addresses.")
    kind = type(failure).__name__
    if effect and not isinstance(failure, _BEFORE_SENDING):
        return InDoubtError(
            f"{what}: no answer came ({kind} after {seconds:.1f} s).", f"Look in {system} whether it was done."
        )
    if isinstance(failure, httpcore.TimeoutException | httpx.TimeoutException):
        said = f"{what}: no complete answer in {seconds:.1f} s ({kind})."
        return TransientError(said, f"Raise read_timeout or total_timeout if {system} is only slow.")
    return TransientError(f"{what}: the connection failed ({kind}).", f"Check that {system} is up and reachable.")


def _untrusted(failure: BaseException | None) -> bool:
    while failure is not None:
        if isinstance(failure, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(failure):
            return True
        failure = failure.__cause__ or failure.__context__
    return False
