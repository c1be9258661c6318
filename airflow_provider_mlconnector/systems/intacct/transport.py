"""HTTP to the gateway: retries with pauses, and nothing secret in any message."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar
from xml.sax.saxutils import escape

from tenacity import RetryCallState, wait_random_exponential

from airflow_provider_mlconnector.errors import TransientError
from airflow_provider_mlconnector.http import patience
from airflow_provider_mlconnector.http.line import Answer, Call, HttpLine
from airflow_provider_mlconnector.http.secrets import Secrets
from airflow_provider_mlconnector.systems.intacct.config import IntacctConfig
from airflow_provider_mlconnector.systems.intacct.replies import RateLimitedError, UnexplainedError
from airflow_provider_mlconnector.systems.intacct.session import SessionLostError

T = TypeVar("T")
_UNEXPLAINED_TRIES = 3
_HEADERS = {"Content-Type": "application/xml", "Accept-Encoding": "gzip, deflate"}


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
        # An echoed request has them as XML.
        self._secrets = Secrets(config.secrets(), mask, (escape, _quoted))
        self._line = HttpLine("Intacct", config, config.concurrency)

    def guard(self, secret: str) -> None:
        """Keep a further secret, such as a session id, out of every message."""
        self._secrets.guard(secret)

    def scrubbed(self, text: str) -> str:
        """The text without anything secret."""
        return self._secrets.scrubbed(text)

    def post(self, endpoint: str, body: bytes, what: str) -> Answer:
        """Send one request once, whatever its status.

        Raises:
            TransientError: no whole answer came.
            CredentialsError: the certificate is not trusted.
            ConfigurationError: the answer is longer than allowed.
        """
        return self._line.send(Call(what, endpoint, method="POST", headers=_HEADERS, content=body))

    def patiently(self, attempt: Callable[[], T]) -> T:
        """Call until it raises no `TransientError`, with exponential pauses and full jitter between the tries.

        Raises:
            TransientError: it still fails after `read_attempts` tries.
        """
        return patience.patiently(attempt, self._config.read_attempts, self._sleep, _may_pass, _pause)

    def close(self) -> None:
        """Close all connections."""
        self._line.close()


def _quoted(secret: str) -> str:
    return escape(secret, {'"': "&quot;", "'": "&apos;"})


def _may_pass(state: RetryCallState) -> bool:
    error = patience.error_of(state)
    if isinstance(error, UnexplainedError):
        return state.attempt_number < _UNEXPLAINED_TRIES
    # A lost session is renewed by the client, once.
    return isinstance(error, TransientError) and not isinstance(error, SessionLostError)


# Requests beyond the limit are held for about 30 s before they are refused (sheet 1.9): trying soon makes it worse.
_LIMITED = wait_random_exponential(multiplier=8, max=2 * patience.LONGEST_PAUSE)


def _pause(state: RetryCallState) -> float:
    limited = isinstance(patience.error_of(state), RateLimitedError)
    return float(5 + _LIMITED(state) if limited else patience.EXPONENTIAL(state))
