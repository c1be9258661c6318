"""A Sage Intacct connection as one checked value, built from an Airflow connection's fields."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, field_validator

from airflow_provider_mlconnector.declared import Declared
from airflow_provider_mlconnector.errors import ConfigurationError

ENDPOINT = "https://api.intacct.com/ia/xml/xmlgw.phtml"


def _zone(given: str) -> str:
    try:
        return ZoneInfo(given).key
    except (OSError, ValueError, KeyError):
        raise ValueError("must be an IANA time zone such as America/Los_Angeles") from None


def _listed(given: object) -> object:
    """A list, or its text: JSON, or one entry per line or comma."""
    if not isinstance(given, str):
        return given
    if given.lstrip().startswith("["):
        try:
            return json.loads(given)
        except ValueError:
            raise ValueError("is not valid JSON") from None
    return [part.strip() for part in re.split(r"[\n,]", given) if part.strip()]


def _lines(given: object) -> object:
    """As `_listed`, without the comma, which regular expressions use."""
    if isinstance(given, str) and not given.lstrip().startswith("["):
        return [line.strip() for line in given.splitlines() if line.strip()]
    return _listed(given)


Seconds = Annotated[float, Field(gt=0, lt=86_400)]
Needed = Annotated[str, Field(min_length=1)]


class IntacctConfig(Declared):
    """One company of Sage Intacct, and how it is spoken to. Its repr holds no secret.

    Attributes:
        sender_id: the Web Services sender, licensed to whoever runs the connector.
        sender_password: its password.
        company: the company id; `console|client` or `console|client|entity` to slide in from a console (sheet 1.3).
        user: the Web Services user.
        password: its password.
        entity: location id of the entity that the session is bound to; empty: the top level.
        endpoint: where sessions are asked for; each session names the endpoint of its own calls.
        endpoint_hosts: domains that an endpoint may lie in; http only for loopback addresses among them.
        verify_tls: whether the server's certificate is checked.
        ca_bundle: file with the certificates that are trusted; empty: the system's.
        connect_timeout: seconds for opening a connection.
        read_timeout: seconds of silence after which an answer is given up.
        total_timeout: seconds for one request from beginning to end; the gateway itself ends at about 900.
        read_attempts: how often a read is tried while Intacct can't answer.
        max_response_mb: largest answer, in megabytes of 1,000,000 bytes.
        concurrency: how many requests may be under way at once; Intacct allows two per company by default (sheet 1.9).
        session_minutes: how long a session holds where its replies do not say.
        page_size: rows asked for at a time, at most 2000 (`query`) or 1000 (`readByQuery`); each page is billed.
        read_function: `query`, or `readByQuery` with `readMore`.
        show_private: whether rows that are private to an entity are read at the top level.
        deletes: `audit`: deletions are read from AUDITHISTORY; `snapshot`: by the keys that are missing in the whole
            object; `none`: they are not looked for.
        monthly_budget: transactions that may be spent in a calendar month (UTC); 0: no limit.
        lookback_minutes: takes the place of the streams' own lookback; 0: theirs.
        transient_patterns: regular expressions of further errors that may pass.
        time_zone: IANA zone of the naive times of WHENMODIFIED.
        rotate_by: day by which the passwords must have been changed.
        rotate_warning_days: how many days ahead that is warned of.
    """

    sender_id: Needed
    sender_password: str = Field(min_length=1, repr=False)
    company: Needed
    user: Needed
    password: str = Field(min_length=1, repr=False)
    entity: str = ""
    endpoint: str = ENDPOINT
    endpoint_hosts: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ("intacct.com",)
    verify_tls: bool = True
    ca_bundle: str = ""
    connect_timeout: Seconds = 10.0
    read_timeout: Seconds = 300.0
    total_timeout: Seconds = 900.0
    read_attempts: int = Field(6, ge=1, le=20)
    max_response_mb: int = Field(64, ge=1, le=2000)
    concurrency: int = Field(2, ge=1, le=20)
    session_minutes: int = Field(50, ge=1, le=1440)
    page_size: int = Field(2000, ge=1, le=2000)
    read_function: Literal["query", "readByQuery"] = "query"
    show_private: bool = True
    deletes: Literal["audit", "snapshot", "none"] = "none"
    monthly_budget: int = Field(0, ge=0, le=100_000_000)
    lookback_minutes: int = Field(0, ge=0, le=525_600)
    transient_patterns: Annotated[tuple[str, ...], BeforeValidator(_lines)] = ()
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    rotate_by: date | None = None
    rotate_warning_days: int = Field(14, ge=0, le=3650)

    @field_validator("company")
    @classmethod
    def _company_or_slide_in(cls, given: str) -> str:
        parts = given.split("|")
        if len(parts) > 3 or not all(part.strip() for part in parts):
            raise ValueError("must be a company id, console|client or console|client|entity")
        return given

    @field_validator("transient_patterns")
    @classmethod
    def _patterns_compile(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in given:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"holds '{pattern}', which is not a regular expression: {error}") from None
        return given

    @field_validator("lookback_minutes")
    @classmethod
    def _covers_the_end_of_daylight_saving(cls, given: int) -> int:
        if 0 < given < 60:
            raise ValueError("must be at least 60, for the end of daylight saving, or 0 for the streams' own")
        return given

    def secrets(self) -> frozenset[str]:
        """The passwords, for masking."""
        return frozenset({self.sender_password, self.password})

    def checked_endpoint(self, url: str) -> str:
        """An endpoint that may be trusted with the passwords.

        Raises:
            ConfigurationError: it is not https, or not of the allowed hosts.
        """
        problem = _endpoint_problem(url, self.endpoint_hosts)
        if problem:
            raise ConfigurationError(
                f"Intacct connection: the endpoint {_shown(url)} {problem}.",
                "Correct 'host', or add its domain to endpoint_hosts if it is Intacct's.",
            )
        return url


def from_fields(
    host: str | None, login: str | None, password: str | None, schema: str | None, port: int | None,
    extra: Mapping[str, Any],
) -> IntacctConfig:  # fmt: skip
    """Build the configuration from an Airflow connection's fields.

    Args:
        host: the endpoint; blank: Intacct's own.
        login: the user.
        password: the user's password.
        schema: the company.
        port: goes into an endpoint that names none.
        extra: the other fields; empty ones take their default.

    Raises:
        ConfigurationError: a field is missing, unknown or wrong; the message names it and never shows a secret.
    """
    given = {name: value for name, value in extra.items() if value not in (None, "", [], {})}
    reserved = sorted({"endpoint", "user", "password", "company"} & set(given))
    unknown = sorted(set(given) - set(IntacctConfig.model_fields)) + reserved
    if unknown:
        raise ConfigurationError(f"Intacct connection: unknown field {', '.join(unknown)}.", "Correct the extras.")
    standard = {
        "endpoint": _endpoint(host or "", port),
        "user": (login or "").strip(),
        "password": password or "",
        "company": (schema or "").strip(),
    }
    texts = {name: value.strip() if _is_plain(name, value) else value for name, value in given.items()}
    problem: tuple[str, str]
    # Raised outside the handler: pydantic's error holds what was given.
    try:
        config = IntacctConfig.model_validate({**texts, **standard})
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        problem = str(first["loc"][0]), first["msg"].removeprefix("Value error, ")
    else:
        config.checked_endpoint(config.endpoint)
        return config
    raise _wrong(*problem)


def _is_plain(name: str, value: object) -> bool:
    return isinstance(value, str) and name != "sender_password"


def _endpoint(host: str, port: int | None) -> str:
    given = host.strip()
    if not given:
        return ENDPOINT
    url = given if "://" in given else f"https://{given}"
    try:
        parts = urlsplit(url)
        where = parts.netloc if parts.port or not port else f"{parts.netloc}:{port}"
    except ValueError:
        raise _wrong("host", f"is not a URL such as {ENDPOINT}") from None
    path = parts.path if parts.path.strip("/") else urlsplit(ENDPOINT).path
    return f"{parts.scheme}://{where}{path}" + (f"?{parts.query}" if parts.query else "")


def _endpoint_problem(url: str, hosts: tuple[str, ...]) -> str:
    try:
        parts = urlsplit(url)
        named, _ = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "is not a URL"
    if not named or parts.username or parts.password or parts.query or parts.fragment:
        return "is not a plain URL"
    allowed = [host.strip().lower().lstrip(".") for host in hosts]
    if not any(named == host or named.endswith(f".{host}") for host in allowed if host):
        return f"does not lie in {', '.join(allowed)}"
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(named)):
        return ""
    return "is not https"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(url: str) -> str:
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.hostname}"[:200]
    except ValueError:
        return "that was given"


def _wrong(name: str, problem: str) -> ConfigurationError:
    standard = {"endpoint": "host", "user": "login (user)", "company": "schema (company)"}
    said = f"Intacct connection: field '{standard.get(name, name)}': {problem}"
    return ConfigurationError(f"{said.rstrip('.')}.", "Correct the connection in Airflow.")
