"""HTTP for both protocols: what a status means, retries of reads, and nothing secret in any log."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from tenacity import RetryCallState

from airflow_provider_mlconnector.errors import TransientError
from airflow_provider_mlconnector.http import patience
from airflow_provider_mlconnector.http.line import Call, HttpLine
from airflow_provider_mlconnector.http.secrets import Secrets
from airflow_provider_mlconnector.systems.syspro import redaction
from airflow_provider_mlconnector.systems.syspro.config import SysproConfig
from airflow_provider_mlconnector.systems.syspro.reactions import of_status
from airflow_provider_mlconnector.systems.syspro.session import SessionLostError

T = TypeVar("T")
_CONNECTIONS = 4


class Transport:
    """Sends requests to one SYSPRO server; usable from several threads.

    Args:
        config: the connection.
        sleep: how pauses between tries are spent.
        mask: told of every further secret, such as a session token.
    """

    def __init__(
        self,
        config: SysproConfig,
        sleep: Callable[[float], None] = time.sleep,
        mask: Callable[[str], None] | None = None,
    ) -> None:
        redaction.install()
        self._config = config
        self._secrets = Secrets(config.secrets(), mask)
        self._sleep = sleep
        self._line = HttpLine("SYSPRO", config, _CONNECTIONS)
        self.server_date: datetime | None = None

    def guard(self, secret: str) -> None:
        """Keep a further secret, such as a session token, out of every message."""
        self._secrets.guard(secret)

    def scrubbed(self, text: str) -> str:
        """The text without anything secret."""
        return self._secrets.scrubbed(redaction.redact(text))

    def once(self, call: Call) -> bytes:
        """Send a request once.

        Returns:
            The answer's body, decompressed.

        Raises:
            TransientError: no answer, or a status that may pass; not for calls with an effect that may have happened.
            InDoubtError: no answer to a call with an effect.
            CredentialsError: the sign-in was refused, or the certificate is not trusted.
            ConfigurationError: the server refused the request as such, or the answer is longer than allowed.
        """
        answer = self._line.send(call)
        self.server_date = answer.date or self.server_date
        excerpt = self.scrubbed(answer.body[:600].decode("utf-8", "replace"))[:300].strip()
        problem = of_status(answer.status, answer.retry_after, call.what, excerpt, effect=call.effect)
        if problem is not None:
            raise problem
        return answer.body

    def read(self, call: Call) -> bytes:
        """Send a request that changes nothing; what may pass is tried again, see `patiently`."""
        return self.patiently(lambda: self.once(call))

    def patiently(self, attempt: Callable[[], T]) -> T:
        """Call until it raises no `TransientError`, with exponential pauses and full jitter between the tries.

        Raises:
            TransientError: it still fails after `read_attempts` tries.
        """
        return patience.patiently(attempt, self._config.read_attempts, self._sleep, _may_pass)

    def close(self) -> None:
        """Close all connections."""
        self._line.close()


def _may_pass(state: RetryCallState) -> bool:
    error = patience.error_of(state)
    # A lost session is renewed by the client, once: two tasks that keep signing on over each other must not go on.
    return isinstance(error, TransientError) and not isinstance(error, SessionLostError)
