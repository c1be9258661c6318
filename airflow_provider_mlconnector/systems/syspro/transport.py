"""HTTP for both protocols: timeouts, a size cap, TLS, statuses, retries of reads, and nothing secret in any log."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from airflow_provider_mlconnector.errors import ConfigurationError, InDoubtError, MlconnectorError, TransientError
from airflow_provider_mlconnector.systems.syspro import redaction
from airflow_provider_mlconnector.systems.syspro.config import SysproConfig
from airflow_provider_mlconnector.systems.syspro.deadline import DeadlineTransport, deadline
from airflow_provider_mlconnector.systems.syspro.reactions import FAILURES, date_of, of_failure, of_status
from airflow_provider_mlconnector.systems.syspro.session import SessionLostError

T = TypeVar("T")
_LONGEST_PAUSE = 60.0
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Call:
    """One HTTP request.

    Attributes:
        what: what is asked, as messages call it; holds no secret.
        url: the whole address, the query included.
        method: GET or POST.
        headers: request headers.
        auth: user and password for Basic auth.
        form: fields of a POST body.
        effect: whether it changes something at the other side; such a call is never repeated.
    """

    what: str
    url: str = field(repr=False)
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    effect: bool = False


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
        self._secrets = set(config.secrets())
        self._sleep = sleep
        self._mask = mask
        self._client = httpx.Client(
            transport=DeadlineTransport(_tls(config)),
            timeout=httpx.Timeout(config.read_timeout, connect=config.connect_timeout),
            follow_redirects=False,
            trust_env=False,
        )
        self.server_date: datetime | None = None

    def guard(self, secret: str) -> None:
        """Keep a further secret, such as a session token, out of every message."""
        if secret not in self._secrets:
            self._secrets.add(secret)
            if self._mask is not None:
                self._mask(secret)

    def scrubbed(self, text: str) -> str:
        """The text without anything secret."""
        return redaction.redact(text, frozenset(self._secrets))

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
        began = time.monotonic()
        problem: MlconnectorError
        # Raised outside the handler: the library's errors carry the request, and with it the URL.
        try:
            with deadline(self._config.total_timeout):
                return self._exchange(call)
        except FAILURES as failure:
            problem = of_failure(failure, call.what, effect=call.effect, seconds=time.monotonic() - began)
        raise problem

    def read(self, call: Call) -> bytes:
        """Send a request that changes nothing; what may pass is tried again, see `patiently`."""
        return self.patiently(lambda: self.once(call))

    def patiently(self, attempt: Callable[[], T]) -> T:
        """Call until it raises no `TransientError`, with exponential pauses and full jitter between the tries.

        Raises:
            TransientError: it still fails after `read_attempts` tries.
        """
        return Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(self._config.read_attempts),
            wait=_pause,
            sleep=self._sleep,
            reraise=True,
        )(attempt)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _exchange(self, call: Call) -> bytes:
        auth = httpx.BasicAuth(*call.auth) if call.auth else None
        with self._client.stream(call.method, call.url, headers=call.headers, auth=auth, data=call.form) as answer:
            self.server_date = date_of(answer.headers.get("date")) or self.server_date
            body = self._body(call, answer)
        excerpt = self.scrubbed(body[:600].decode("utf-8", "replace"))[:300].strip()
        asked = answer.headers.get("retry-after")
        problem = of_status(answer.status_code, asked, call.what, excerpt, effect=call.effect)
        if problem is not None:
            raise problem
        return body

    def _body(self, call: Call, answer: httpx.Response) -> bytes:
        limit = self._config.max_response_mb * _MEGABYTE
        chunks: list[bytes] = []
        size = 0
        for chunk in answer.iter_bytes():
            size += len(chunk)
            if size > limit:
                said = f"{call.what}: the answer is longer than {self._config.max_response_mb} MB (max_response_mb)."
                if call.effect:
                    raise InDoubtError(said, "Look in SYSPRO whether it was done.")
                raise ConfigurationError(said, "Lower page_size, or raise max_response_mb if such answers are meant.")
            chunks.append(chunk)
        return b"".join(chunks)


def _may_pass(failure: BaseException) -> bool:
    # A lost session is renewed by the client, once: two tasks that keep signing on over each other must not go on.
    return isinstance(failure, TransientError) and not isinstance(failure, SessionLostError)


_EXPONENTIAL = wait_random_exponential(multiplier=1, max=_LONGEST_PAUSE)


def _pause(state: RetryCallState) -> float:
    failure = state.outcome.exception() if state.outcome else None
    asked = failure.retry_after if isinstance(failure, TransientError) else None
    return max(float(_EXPONENTIAL(state)), min(asked or 0.0, 10 * _LONGEST_PAUSE))


def _tls(config: SysproConfig) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=config.ca_bundle or None)
    except OSError:
        raise ConfigurationError(
            f"SYSPRO connection: field 'ca_bundle': {config.ca_bundle} is not a readable certificate file."
        ) from None
    if not config.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
