"""Airflow's REST API (v2) over HTTP: signing in, calling, paging, and errors as a person should read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from airflow_provider_mlconnector.errors import CredentialsError, RejectedError, TransientError

_PAGE = 100
_NOT_FOUND = 404
_UNAUTHORIZED = 401
_SERVER_ERROR = 500
_SHOWN = 2_000


class Api:
    """The REST API of one Airflow.

    Args:
        url: the server, such as `http://127.0.0.1:8080`.
        user: who signs in; empty where everybody is an administrator.
        password: the user's password.
    """

    def __init__(self, url: str, user: str = "", password: str = "") -> None:
        self._user = user
        self._password = password
        # Without trust_env=False a proxy that the user has set would be asked for 127.0.0.1.
        self._http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self._token = ""

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def health(self) -> dict[str, str]:
        """The state of each component; empty while the server doesn't answer."""
        try:
            answer = self._http.get("/api/v2/monitor/health")
        except httpx.TransportError:
            return {}
        if not answer.is_success:
            return {}
        return {name: str(of["status"]) for name, of in answer.json().items() if isinstance(of, dict)}

    def call(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        """Call the API.

        Args:
            method: the HTTP method; a GET is tried again when the server can't answer.
            path: below `/api/v2/`.
            **arguments: as `httpx.Client.request` takes them (`params`, `json`).

        Returns:
            The answer's JSON object.

        Raises:
            CredentialsError: the sign-in was refused.
            RejectedError: Airflow understood the call and refused it.
            TransientError: Airflow could not answer.
        """
        response = self._send(method, path, **arguments)
        if response.is_error:
            raise RejectedError(f"Airflow refused {method} {path}: {response.status_code} {response.text[:_SHOWN]}")
        answer: dict[str, Any] = response.json() if response.content else {}
        return answer

    def exists(self, path: str) -> bool:
        """Whether a GET of this path finds something.

        Raises:
            MlconnectorError: see `call`.
        """
        response = self._send("GET", path)
        if response.is_error and response.status_code != _NOT_FOUND:
            raise RejectedError(f"Airflow refused GET {path}: {response.status_code} {response.text[:_SHOWN]}")
        return response.is_success

    def pages(self, path: str, field: str, **params: Any) -> list[dict[str, Any]]:
        """All entries of a collection.

        Args:
            path: below `/api/v2/`.
            field: the answer's field that holds the entries.
            **params: further query parameters.

        Raises:
            MlconnectorError: see `call`.
        """
        rows: list[dict[str, Any]] = []
        while True:
            answer = self.call("GET", path, params={**params, "limit": _PAGE, "offset": len(rows)})
            rows += answer[field]
            if not answer[field] or len(rows) >= answer["total_entries"]:
                return rows

    def _send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        def once() -> httpx.Response:
            return self._signed(method, path, **arguments)

        return _retried(once) if method == "GET" else once()

    def _signed(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        if not self._token:
            self._token = self._sign_in()
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            response = self._http.request(method, f"/api/v2/{path}", headers=headers, **arguments)
        except httpx.TransportError as error:
            raise TransientError(f"Airflow did not answer {method} {path}: {error!r}.") from None
        if response.status_code == _UNAUTHORIZED:
            self._token = ""
            raise CredentialsError(f"Airflow refused the token for {method} {path}.")
        if response.status_code >= _SERVER_ERROR:
            raise TransientError(f"Airflow failed at {method} {path}: {response.text[:_SHOWN]}")
        return response

    def _sign_in(self) -> str:
        try:
            if self._user:
                body = {"username": self._user, "password": self._password}
                response = self._http.post("/auth/token", json=body)
            else:
                response = self._http.get("/auth/token")
        except httpx.TransportError as error:
            raise TransientError(f"Airflow did not answer the sign-in: {error!r}.") from None
        if response.is_error:
            raise CredentialsError(f"Airflow refused the sign-in of '{self._user}': {response.status_code}.")
        return str(response.json()["access_token"])


def _retried(once: Callable[[], httpx.Response]) -> httpx.Response:
    """A GET changes nothing, so a busy server (a locked SQLite file, say) is asked again."""
    retrying = Retrying(
        retry=retry_if_exception_type(TransientError),
        stop=stop_after_attempt(4),
        wait=wait_random_exponential(multiplier=0.2, max=2),
        reraise=True,
    )
    return retrying(once)
