"""OData v4 requests: addresses, literals, and pages as bytes (SYSPRO sheet 3.1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urljoin, urlsplit
from zoneinfo import ZoneInfo

from airflow_provider_mlconnector.errors import ConfigurationError, CredentialsError, IntegrityError
from airflow_provider_mlconnector.http.line import Call
from airflow_provider_mlconnector.systems.syspro import cells
from airflow_provider_mlconnector.systems.syspro.config import SysproConfig
from airflow_provider_mlconnector.systems.syspro.filters import EVERYTHING, AllOf, Compare, Filter
from airflow_provider_mlconnector.systems.syspro.session import Session
from airflow_provider_mlconnector.systems.syspro.table import TableRead, TimeForm
from airflow_provider_mlconnector.systems.syspro.transport import Transport

_ROW_CAP = 5000
_ACCEPT = "application/json;IEEE754Compatible=true"
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
# What a query string may hold as it is; everything else is percent-encoded.
_SAFE = "$(),:'-._~"


class ODataClient:
    """Asks one OData service for pages.

    Args:
        config: the connection.
        transport: how requests are sent.
        times: how times are written in conditions.
        session: whose token is sent where `odata_auth` is `session`.
    """

    def __init__(
        self, config: SysproConfig, transport: Transport, times: TimeForm, session: Session | None = None
    ) -> None:
        if config.odata_auth == "session" and session is None:
            raise ConfigurationError("odata_auth is 'session', and there is no e.net session.", "Sign on first.")
        self._config = config
        self._transport = transport
        self._times = times
        self._session = session

    def url(self, read: TableRead, *, top: int = 0, skip: int = 0) -> str:
        """The address of a page.

        Args:
            read: table, columns, conditions and key.
            top: rows asked for; 0: the page size, at most the service's cap of 5000.
            skip: rows left out at the beginning.
        """
        options = {
            "$select": ",".join(read.columns),
            "$filter": "" if read.where == EVERYTHING else expression(read.where, read.kind, self._times),
            "$orderby": ",".join(read.key),
            "$top": str(top or min(self._config.page_size, _ROW_CAP)),
            "$skip": str(skip) if skip else "",
        }
        query = "&".join(f"{name}={quote(value, safe=_SAFE)}" for name, value in options.items() if value)
        base = self._config.odata_url(quote(read.table, safe=""), quote(read.company, safe=""))
        return f"{base}?{query}"

    def fits(self, url: str) -> bool:
        """Whether an address is short enough for the server."""
        parts = urlsplit(url)
        return len(f"GET {parts.path}?{parts.query} HTTP/1.1") <= self._config.max_url_bytes

    def get(self, url: str, what: str) -> bytes:
        """Ask for a page, patiently.

        Raises:
            ConfigurationError: the address is too long, or the service does not know table or columns.
            CredentialsError: the service refused the sign-in.
            TransientError: no answer came.
        """
        return self._transport.patiently(lambda: self.once(url, what))

    def once(self, url: str, what: str) -> bytes:
        """Ask for a page once; errors as `get`."""
        if not self.fits(url):
            raise ConfigurationError(f"{what}: the URL is longer than max_url_bytes ({self._config.max_url_bytes}).")
        headers = {"Accept": _ACCEPT, "OData-Version": "4.0", "OData-MaxVersion": "4.0"}
        if self._config.odata_auth == "session" and self._session is not None:
            return self._in_session(self._session, url, headers, what)
        login = self._config.odata_login or self._config.operator
        password = self._config.odata_password or self._config.operator_password
        return self._transport.once(Call(what, url, headers=headers, auth=(login, password)))

    def following(self, url: str, link: str) -> str:
        """The address behind a page's next link.

        Raises:
            IntegrityError: it leads to another server, which would get our password.
        """
        target = urljoin(url, link)
        here, there = urlsplit(url), urlsplit(target)
        if _origin(here.scheme, here.hostname, here.port) != _origin(there.scheme, there.hostname, there.port):
            raise IntegrityError(
                f"OData: the next page lies on another server ({there.hostname}).",
                "Check whether a proxy rewrites addresses; nothing was sent there.",
            )
        return target

    def _in_session(self, session: Session, url: str, headers: dict[str, str], what: str) -> bytes:
        token = session.token()
        try:
            return self._transport.once(Call(what, url, headers=self._signed(headers, token)))
        except CredentialsError:
            # Timed out, or ended by another logon of the operator: signed on anew, once.
            fresh = session.renew(token)
        return self._transport.once(Call(what, url, headers=self._signed(headers, fresh)))

    def _signed(self, headers: dict[str, str], token: str) -> dict[str, str]:
        # How the service takes a session is not documented; the name is e.net's own. A header can't end with blanks.
        self._transport.guard(token)
        return {**headers, "UserId": token.strip()}


def expression(where: Filter, kind: Callable[[str], str], times: TimeForm) -> str:
    """A condition in OData's words.

    Args:
        where: the condition.
        kind: the declared type of a column.
        times: how times are written.
    """
    if isinstance(where, Compare):
        return f"{where.column} {where.op} {literal(where, kind(where.column), times)}"
    word = " and " if isinstance(where, AllOf) else " or "
    return word.join(
        expression(part, kind, times) if isinstance(part, Compare) else f"({expression(part, kind, times)})"
        for part in where.parts
    )


def literal(compare: Compare, kind: str, times: TimeForm) -> str:
    """A constant as OData 4 writes it: text quoted, times with an offset and unquoted, numbers bare.

    Raises:
        ConfigurationError: the constant does not fit the column's declared type.
    """
    value = compare.value
    if value is None:
        return "null"
    if kind.startswith("string"):
        return "'" + value.replace("'", "''") + "'"
    if cells.nullable(kind):
        return _time(compare, times)
    shown = value.strip()
    if kind == "boolean" and shown in {"true", "false"}:
        return shown
    if kind != "boolean" and _NUMBER.fullmatch(shown):
        return shown
    raise ConfigurationError(f"Column {compare.column} is declared as {kind}, and compared with '{value}'.")


def _time(compare: Compare, times: TimeForm) -> str:
    try:
        moment = datetime.fromisoformat(cells.moment_text(compare.value or ""))
    except ValueError as error:
        problem = str(error)
    else:
        if times.suffix_is_local:
            return moment.isoformat() + "Z"
        # An hour that comes twice in autumn is taken whole: lower ends at its first, upper ends at its second time.
        local = moment.replace(tzinfo=ZoneInfo(times.zone), fold=int(compare.op in {"le", "gt"}))
        first = datetime.min.replace(tzinfo=UTC) + timedelta(days=2)
        utc = local.astimezone(UTC) if moment.year > 1 else first
        return utc.replace(tzinfo=None).isoformat() + "Z"
    raise ConfigurationError(f"Column {compare.column} is compared with a value that {problem}.")


def _origin(scheme: str, host: str | None, port: int | None) -> tuple[str, str | None, int | None]:
    return scheme, host, port or {"http": 80, "https": 443}.get(scheme)
