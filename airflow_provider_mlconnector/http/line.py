"""A line to one server: requests within timeouts and a deadline, answers within a size, no redirects, TLS verified."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from airflow_provider_mlconnector.errors import ConfigurationError, InDoubtError, MlconnectorError
from airflow_provider_mlconnector.http.deadline import DeadlineTransport, deadline
from airflow_provider_mlconnector.http.failures import FAILURES, of_failure
from airflow_provider_mlconnector.http.headers import date_of
from airflow_provider_mlconnector.http.settings import HttpSettings, tls_context

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
        content: a POST body as it is.
        effect: whether it changes something at the other side; such a call is never repeated.
    """

    what: str
    url: str = field(repr=False)
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    effect: bool = False


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        status: the HTTP status.
        body: decompressed.
        date: when the server said that it was.
        retry_after: the header `Retry-After`.
    """

    status: int
    body: bytes = field(repr=False)
    date: datetime | None
    retry_after: str | None


class HttpLine:
    """Sends requests to one server; usable from several threads.

    Args:
        system: the other side's name, for messages.
        settings: the connection's fields.
        connections: how many may be open at once.
    """

    def __init__(self, system: str, settings: HttpSettings, connections: int) -> None:
        self._system, self._settings = system, settings
        self._client = httpx.Client(
            transport=DeadlineTransport(tls_context(settings, system), connections),
            timeout=httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout),
            follow_redirects=False,
            trust_env=False,
        )

    def send(self, call: Call) -> Answer:
        """Send a request once, and take its answer, whatever the status.

        Raises:
            TransientError: no whole answer came; not for calls with an effect that may have happened.
            InDoubtError: no whole answer came to a call with an effect.
            CredentialsError: the certificate is not trusted.
            ConfigurationError: the address is none, or the answer is longer than allowed.
        """
        began = time.monotonic()
        problem: MlconnectorError
        # Raised outside the handler: the library's errors carry the request, and with it URL and passwords.
        try:
            with deadline(self._settings.total_timeout):
                return self._exchange(call)
        except FAILURES as failure:
            seconds = time.monotonic() - began
            problem = of_failure(failure, self._system, call.what, effect=call.effect, seconds=seconds)
        raise problem

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _exchange(self, call: Call) -> Answer:
        auth = httpx.BasicAuth(*call.auth) if call.auth else None
        with self._client.stream(
            call.method, call.url, headers=call.headers, auth=auth, data=call.form, content=call.content
        ) as answer:
            body = self._body(call, answer)
        headers = answer.headers
        return Answer(answer.status_code, body, date_of(headers.get("date")), headers.get("retry-after"))

    def _body(self, call: Call, answer: httpx.Response) -> bytes:
        most = self._settings.max_response_mb
        chunks: list[bytes] = []
        size = 0
        for chunk in answer.iter_bytes():
            size += len(chunk)
            if size > most * _MEGABYTE:
                said = f"{call.what}: the answer is longer than {most} MB (max_response_mb)."
                if call.effect:
                    raise InDoubtError(said, f"Look in {self._system} whether it was done.")
                raise ConfigurationError(said, "Lower page_size, or raise max_response_mb if such answers are meant.")
            chunks.append(chunk)
        return b"".join(chunks)
