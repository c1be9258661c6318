"""HTTP to the gateway: timeouts, a size cap, TLS, retries with pauses, and nothing secret in any message."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from xml.sax.saxutils import escape

import httpx
from tenacity import RetryCallState, Retrying, stop_after_attempt, wait_random_exponential

from airflow_provider_mlconnector.errors import ConfigurationError, MlconnectorError, TransientError
from airflow_provider_mlconnector.systems.intacct.config import IntacctConfig
from airflow_provider_mlconnector.systems.intacct.failures import date_of, of_failure
from airflow_provider_mlconnector.systems.intacct.replies import RateLimitedError, UnexplainedError
from airflow_provider_mlconnector.systems.intacct.session import SessionLostError

T = TypeVar("T")
_MEGABYTE = 1_000_000
_LONGEST_PAUSE = 60.0
_UNEXPLAINED_TRIES = 3


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the body, when Intacct said that it was, and how long it asks to wait."""

    status: int
    body: bytes = field(repr=False)
    date: datetime | None
    retry_after: str | None


class Transport:
    """Sends requests to the gateway; usable from several threads.

    Args:
        config: the connection.
        sleep: how pauses between tries are spent.
        mask: told of every further secret, such as a session id.
    """

    def __init__(
        self,
        config: IntacctConfig,
        sleep: Callable[[float], None] = time.sleep,
        mask: Callable[[str], None] | None = None,
    ) -> None:
        self._config = config
        self._sleep = sleep
        self._mask = mask
        self._secrets = set(config.secrets())
        self._client = httpx.Client(
            verify=_tls(config),
            timeout=httpx.Timeout(config.read_timeout, connect=config.connect_timeout),
            follow_redirects=False,
            trust_env=False,
        )

    def guard(self, secret: str) -> None:
        """Keep a further secret, such as a session id, out of every message."""
        if secret not in self._secrets:
            self._secrets.add(secret)
            if self._mask is not None:
                self._mask(secret)

    def scrubbed(self, text: str) -> str:
        """The text without anything secret."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            # Shorter ones would hide everything. An echoed request has them as XML.
            for shown in (secret, escape(secret), escape(secret, {'"': "&quot;", "'": "&apos;"})):
                text = text.replace(shown, "***") if len(secret) >= 4 else text
        return text

    def post(self, endpoint: str, body: bytes, what: str) -> Answer:
        """Send one request once, whatever its status.

        Raises:
            TransientError: no whole answer came.
            CredentialsError: the certificate is not trusted.
            ConfigurationError: the answer is longer than allowed.
        """
        began = time.monotonic()
        problem: MlconnectorError
        # Raised outside the handler: the library's errors carry the request, and with it the passwords.
        try:
            return self._exchange(endpoint, body, what, began + self._config.total_timeout)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = of_failure(error, what, time.monotonic() - began)
        raise problem

    def patiently(self, attempt: Callable[[], T]) -> T:
        """Call until it raises no `TransientError`, with exponential pauses and full jitter between the tries.

        Raises:
            TransientError: it still fails after `read_attempts` tries.
        """
        return Retrying(
            retry=_may_pass,
            stop=stop_after_attempt(self._config.read_attempts),
            wait=_pause,
            sleep=self._sleep,
            reraise=True,
        )(attempt)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _exchange(self, endpoint: str, body: bytes, what: str, end: float) -> Answer:
        headers = {"Content-Type": "application/xml", "Accept-Encoding": "gzip, deflate"}
        limit = self._config.max_response_mb * _MEGABYTE
        chunks: list[bytes] = []
        size = 0
        with self._client.stream("POST", endpoint, content=body, headers=headers) as answer:
            for chunk in answer.iter_bytes():
                size += len(chunk)
                if size > limit:
                    raise ConfigurationError(
                        f"{what}: the answer is longer than {self._config.max_response_mb} MB (max_response_mb).",
                        "Lower page_size, or raise max_response_mb if such answers are meant.",
                    )
                if time.monotonic() > end:
                    raise httpx.ReadTimeout("the request's deadline has passed")
                chunks.append(chunk)
        asked = answer.headers.get("retry-after")
        return Answer(answer.status_code, b"".join(chunks), date_of(answer.headers.get("date")), asked)


def _may_pass(state: RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, UnexplainedError):
        return state.attempt_number < _UNEXPLAINED_TRIES
    # A lost session is renewed by the client, once.
    return isinstance(error, TransientError) and not isinstance(error, SessionLostError)


_EXPONENTIAL = wait_random_exponential(multiplier=1, max=_LONGEST_PAUSE)
# Requests beyond the limit are held for about 30 s before they are refused (sheet 1.9): trying soon makes it worse.
_LIMITED = wait_random_exponential(multiplier=8, max=2 * _LONGEST_PAUSE)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    chosen = 5 + _LIMITED(state) if isinstance(error, RateLimitedError) else _EXPONENTIAL(state)
    asked = error.retry_after if isinstance(error, TransientError) else None
    return max(float(chosen), min(asked or 0.0, 10 * _LONGEST_PAUSE))


def _tls(config: IntacctConfig) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=config.ca_bundle or None)
    except OSError:
        raise ConfigurationError(
            f"Intacct connection: field 'ca_bundle': {config.ca_bundle} is not a readable certificate file."
        ) from None
    if not config.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
