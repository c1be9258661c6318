"""A SYSPRO connection as one checked value, built from an Airflow connection's fields by an explicit allow-list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from string import Formatter
from typing import Any
from urllib.parse import urlsplit

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.systems.syspro import fields
from airflow_provider_mlconnector.systems.syspro.fields import SESSION_ERRORS, KeyRule

_EXTRAS: dict[str, fields.Parse] = {
    "rest_path": fields.text,
    "company_password": fields.secret,
    "odata_url_template": fields.text,
    "odata_base_url": fields.text,
    "odata_auth": fields.choice("basic", "session"),
    "odata_login": fields.text,
    "odata_password": fields.secret,
    "verify_tls": fields.flag,
    "ca_bundle": fields.text,
    "page_size": fields.whole(1, 5000),
    "max_url_bytes": fields.whole(1024, 1_000_000),
    "http_method": fields.choice("GET", "POST"),
    "language_code": fields.text,
    "send_optional_logon_params": fields.flag,
    "log_level": fields.text,
    "encore_instance": fields.text,
    "strip_guid_padding": fields.flag,
    "connect_timeout": fields.seconds,
    "read_timeout": fields.seconds,
    "total_timeout": fields.seconds,
    "read_attempts": fields.whole(1, 20),
    "max_response_mb": fields.whole(1, 2000),
    "session_minutes": fields.whole(1, 1440),
    "session_error_patterns": fields.patterns,
    "time_zone": fields.zone,
    "key_rules": fields.key_rules,
    "gl_company": fields.text,
    "date_suffix_is_local": fields.flag,
    "rotate_by": fields.day,
    "rotate_warning_days": fields.whole(0, 3650),
}


@dataclass(frozen=True)
class SysproConfig:
    """One SYSPRO server and company, and how it is spoken to. Its repr holds no secret.

    Attributes:
        base_url: scheme, host and port, without a slash at the end.
        operator: the e.net operator.
        operator_password: the operator's password.
        company: the company id that is signed on to.
        company_password: the company's password, often empty.
        rest_path: path of the e.net REST service below `base_url`.
        odata_url_template: where a table lies, with `{base}`, `{company}` and `{table}`.
        odata_base_url: the `{base}` of the template; empty: `base_url`.
        odata_auth: `basic`, or `session` for the e.net token in the header `UserId`.
        odata_login: the OData user; empty: the operator.
        odata_password: the OData password; empty: the operator's.
        verify_tls: whether the server's certificate is checked.
        ca_bundle: file with the certificates that are trusted; empty: the system's.
        page_size: rows asked for at a time, at most 5000 (sheet 3.1).
        max_url_bytes: longest request line in bytes; http.sys refuses more than 16384 (sheet 1.1).
        http_method: of e.net calls; GET is what is recorded.
        language_code: language of SYSPRO's messages, sent with the optional logon parameters.
        send_optional_logon_params: whether language, log level and Encore instance are sent at logon.
        log_level: e.net's log level.
        encore_instance: e.net's Encore instance.
        strip_guid_padding: whether the token's trailing blanks are dropped before it is sent back.
        connect_timeout: seconds for opening a connection.
        read_timeout: seconds of silence after which an answer is given up.
        total_timeout: seconds for one request from beginning to end, however busy the line is.
        read_attempts: how often a read is tried when the server can't answer.
        max_response_mb: largest answer, in megabytes of 1,000,000 bytes.
        session_minutes: how long a cached session may be idle.
        session_error_patterns: what answers look like when the session is gone.
        time_zone: IANA zone of the server's naive times.
        key_rules: how key values are padded, by column.
        gl_company: company whose database holds the general ledger; empty: `company`.
        date_suffix_is_local: whether `Z` or an offset behind an OData time says nothing, the time being local.
        rotate_by: day by which passwords must have been changed.
        rotate_warning_days: how many days ahead that is warned of.
    """

    base_url: str
    operator: str
    company: str
    operator_password: str = field(default="", repr=False)
    company_password: str = field(default="", repr=False)
    rest_path: str = "/SYSPROWCFService/Rest"
    odata_url_template: str = "{base}/SYSPRO8Odata/SYSPROOData/{company}/{table}"
    odata_base_url: str = ""
    odata_auth: str = "basic"
    odata_login: str = ""
    odata_password: str = field(default="", repr=False)
    verify_tls: bool = True
    ca_bundle: str = ""
    page_size: int = 5000
    max_url_bytes: int = 14_000
    http_method: str = "GET"
    language_code: str = "5"
    send_optional_logon_params: bool = False
    log_level: str = "0"
    encore_instance: str = "0"
    strip_guid_padding: bool = False
    connect_timeout: float = 10.0
    read_timeout: float = 120.0
    total_timeout: float = 600.0
    read_attempts: int = 5
    max_response_mb: int = 256
    session_minutes: int = 30
    session_error_patterns: tuple[str, ...] = SESSION_ERRORS
    time_zone: str = "UTC"
    key_rules: Mapping[str, KeyRule] = field(default_factory=dict)
    gl_company: str = ""
    date_suffix_is_local: bool = True
    rotate_by: date | None = None
    rotate_warning_days: int = 14

    def secrets(self) -> frozenset[str]:
        """The passwords, for masking."""
        return frozenset({self.operator_password, self.company_password, self.odata_password}) - {""}

    def enet_url(self, path: str) -> str:
        """The address of one e.net call, such as `Query/Query`."""
        return f"{self.base_url}/{self.rest_path.strip('/')}/{path}"

    def odata_url(self, table: str, company: str = "") -> str:
        """The address of one OData table of a company (empty: the connection's)."""
        base = (self.odata_base_url or self.base_url).rstrip("/")
        return self.odata_url_template.format(base=base, company=company or self.company, table=table)


def from_fields(
    host: str | None,
    login: str | None,
    password: str | None,
    schema: str | None,
    port: int | None,
    extra: Mapping[str, Any],
) -> SysproConfig:
    """Build the configuration from an Airflow connection's fields.

    Args:
        host: server or base URL; without a scheme, https is meant.
        login: the operator.
        password: the operator's password.
        schema: the company.
        port: the port where the host names none.
        extra: the fields of the allow-list; empty ones take their default.

    Raises:
        ConfigurationError: a field is missing, unknown or wrong; the message names it and never shows a secret.
    """
    unknown = sorted(set(extra) - set(_EXTRAS))
    if unknown:
        raise ConfigurationError(f"SYSPRO connection: unknown field {', '.join(unknown)}.", "Correct the extras.")
    values: dict[str, Any] = {
        "base_url": _base_url("host", host or "", port),
        "operator": _needed("login (operator)", login),
        "operator_password": password or "",
        "company": _needed("schema (company)", schema),
    }
    values |= {name: _parsed(name, given) for name, given in extra.items() if given not in (None, "", [], {})}
    if "odata_base_url" in values:
        values["odata_base_url"] = _base_url("odata_base_url", values["odata_base_url"], None)
    _check_template(values.get("odata_url_template", SysproConfig.odata_url_template))
    return SysproConfig(**values)


def _parsed(name: str, given: Any) -> Any:
    try:
        return _EXTRAS[name](given)
    except fields.FieldError as error:
        raise _wrong(name, str(error)) from None


def _needed(name: str, value: str | None) -> str:
    if not value or not value.strip():
        raise _wrong(name, "is missing")
    return value.strip()


def _base_url(name: str, given: str, port: int | None) -> str:
    url = _needed(name, given).rstrip("/")
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        named = parts.port
    except ValueError:
        raise _wrong(name, "is not a URL such as https://syspro.example.com:30001") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise _wrong(name, "must be a URL such as https://syspro.example.com:30001, without user, ? and #")
    where = parts.netloc if named or not port else f"{parts.netloc.rstrip(':')}:{port}"
    return f"{parts.scheme}://{where}{parts.path.rstrip('/')}"


def _check_template(template: str) -> None:
    try:
        names = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
    except ValueError:
        names = {""}
    if names - {"base", "company", "table"} or "table" not in names:
        raise _wrong("odata_url_template", "must hold {table}, may hold {base} and {company}, and no other braces")


def _wrong(name: str, problem: str) -> ConfigurationError:
    return ConfigurationError(f"SYSPRO connection: field '{name}' {problem}.", "Correct the connection in Airflow.")
