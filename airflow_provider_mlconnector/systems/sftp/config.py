"""What an Airflow connection of the official type `sftp` says about a partner's server, checked and frozen."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.systems.sftp.hostkeys import PinnedKey, parse

OFFICIAL_ONLY = frozenset({"cmd_timeout", "look_for_keys", "known_hosts"})
"""Extras of the official hooks that have no meaning here; a connection may carry them for those hooks."""

TURNS_CHECK_OFF = frozenset({"no_host_key_check", "allow_host_key_change", "ignore_hostkey_verification"})


@dataclass(frozen=True, kw_only=True)
class PartnerConfig:
    """One partner's SFTP server. Times are seconds; secrets are kept out of the representation.

    Args:
        host: name or address.
        port: TCP port.
        login: the user.
        password: used where no key is given, or where the server asks for it after the key.
        private_key: PEM text.
        key_file: path of such a text; only one of the two is set.
        passphrases: of the key, in the order in which they are tried.
        pinned: the host keys that the server may present; without one, no sign-in happens.
        conn_timeout: for the TCP connection.
        banner_timeout: for the SSH greeting and key exchange.
        auth_timeout: for the server's answer to a sign-in.
        operation_timeout: for any answer after that.
        keepalive: seconds between keepalive packets.
        connect_attempts: how often a refused or timed out connection is tried in all.
        backoff: first upper bound of the pause between attempts.
        backoff_cap: its greatest.
        auth_retries: further sign-ins after a refused one.
        auth_retry_pause: the pause before each.
        disabled_algorithms: as paramiko's Transport takes it.
        ciphers: in order of preference; our own order where empty.
        compress: SSH's own compression.
        rotate_by: when the key or password is due to be changed.
        rotate_warning_days: how long before to warn.
    """

    host: str
    port: int = 22
    login: str
    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    key_file: str = ""
    passphrases: tuple[str, ...] = field(default=(), repr=False)
    pinned: tuple[PinnedKey, ...] = ()
    conn_timeout: float = 20.0
    banner_timeout: float = 30.0
    auth_timeout: float = 30.0
    operation_timeout: float = 60.0
    keepalive: int = 30
    connect_attempts: int = 5
    backoff: float = 1.0
    backoff_cap: float = 30.0
    auth_retries: int = 1
    auth_retry_pause: float = 60.0
    disabled_algorithms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ciphers: tuple[str, ...] = ()
    compress: bool = False
    rotate_by: date | None = None
    rotate_warning_days: int = 14

    @property
    def address(self) -> str:
        """User, host and port, as messages show them."""
        return f"{self.login}@{self.host}:{self.port}"

    @classmethod
    def from_fields(
        cls,
        host: str | None,
        port: int | None,
        login: str | None,
        password: str | None,
        extra: Mapping[str, Any] | None,
    ) -> PartnerConfig:
        """Read a connection's fields.

        Args:
            host: the connection's host.
            port: its port; 22 where empty.
            login: its login.
            password: its password.
            extra: its extras, as a mapping; unknown ones are refused.

        Raises:
            ConfigurationError: a field is missing or wrong, or the extras turn the host key check off.
        """
        extras = {name: value for name, value in (extra or {}).items() if value not in (None, "")}
        _refuse_unchecked(extras)
        _refuse_unknown(extras)
        if not host or not login:
            raise ConfigurationError(f"The SFTP connection has no {'host' if not host else 'login'}.")
        if "private_key" in extras and "key_file" in extras:
            raise ConfigurationError("The SFTP connection sets both private_key and key_file.", "Keep one of them.")
        if not (password or "private_key" in extras or "key_file" in extras):
            raise ConfigurationError("The SFTP connection has neither a key nor a password.", "Set one of them.")
        values = {name: _READERS[name](name, value) for name, value in extras.items() if name in _READERS}
        return cls(
            host=host,
            port=_whole("port", port) if port else 22,
            login=login,
            password=password or "",
            passphrases=_passphrases(extras),
            pinned=tuple(dict.fromkeys(pin for name in _HOST_KEYS for pin in parse(extras.get(name, "")))),
            **values,
        )

    def rotation_warning(self, today: date) -> str:
        """What to say about `rotate_by` on a day; empty where there is nothing to say."""
        if self.rotate_by is None:
            return ""
        left = (self.rotate_by - today).days
        if left > self.rotate_warning_days:
            return ""
        when = f"in {left} days" if left > 0 else "today" if left == 0 else f"{-left} days ago"
        return f"The key or password of {self.address} is to be changed by {self.rotate_by.isoformat()} ({when})."


def _refuse_unchecked(extras: Mapping[str, Any]) -> None:
    for name in TURNS_CHECK_OFF & extras.keys():
        if _flag(name, extras[name]):
            raise ConfigurationError(
                f"The extra {name} would turn the check of the server's host key off; this provider always checks it.",
                f"Remove {name}, and pin the server's key in host_key.",
            )
    if str(extras.get("known_hosts", "")).strip().lower() == "none":
        raise ConfigurationError(
            "The extra known_hosts 'none' would turn the check of the server's host key off; this provider always "
            "checks it.",
            "Remove it, and pin the server's key in host_key.",
        )


def _refuse_unknown(extras: Mapping[str, Any]) -> None:
    known = {*_READERS, *_HOST_KEYS, *_PASSPHRASES, *OFFICIAL_ONLY, *TURNS_CHECK_OFF}
    for name in sorted(extras.keys() - known):
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"Known are: {', '.join(sorted(known))}."
        raise ConfigurationError(f"The SFTP connection has an unknown extra {name!r}.", hint)


def _passphrases(extras: Mapping[str, Any]) -> tuple[str, ...]:
    found: list[str] = [str(extras[name]) for name in ("private_key_passphrase", "passphrase") if name in extras]
    several = extras.get("private_key_passphrases", ())
    if isinstance(several, str):
        as_text = [one.strip() for one in re.split(r"[\n,]", several)]
        several = _json(several) if several.lstrip().startswith("[") else as_text
    if not isinstance(several, list | tuple):
        raise ConfigurationError("private_key_passphrases is a list, or text with one a line or separated by commas.")
    found += [str(one) for one in several]
    return tuple(dict.fromkeys(one for one in found if one))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _text(_name: str, value: Any) -> str:
    return str(value)


def _flag(name: str, value: Any) -> bool:
    text = str(value).strip().lower()
    if text in {"true", "1", "yes", "on"}:
        return True
    if text in {"false", "0", "no", "off"}:
        return False
    raise ConfigurationError(f"{name}: {text[:20]!r} is neither true nor false.")


def _seconds(name: str, value: Any) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = -1.0
    # a comparison with NaN is false
    if not 0 < seconds <= 86_400:
        raise ConfigurationError(f"{name}: {str(value)[:20]!r} is not a number of seconds above 0 and up to 86400.")
    return seconds


def _whole(name: str, value: Any) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = -1
    if not 0 <= number <= 65_535:
        raise ConfigurationError(f"{name}: {str(value)[:20]!r} is not a whole number from 0 to 65535.")
    return number


def _positive(name: str, value: Any) -> int:
    number = _whole(name, value)
    if number == 0:
        raise ConfigurationError(f"{name} is at least 1.")
    return number


def _day(name: str, value: Any) -> date:
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise ConfigurationError(f"{name}: {str(value)[:20]!r} is not a date like 2026-12-31.") from None


def _names(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = _json(value) if value.lstrip().startswith("[") else re.split(r"[\s,]+", value.strip())
    if not isinstance(value, list | tuple):
        raise ConfigurationError(f"{name} is a list of names.")
    return tuple(str(one) for one in value if one)


def _algorithms(name: str, value: Any) -> Mapping[str, tuple[str, ...]]:
    declared = _json(value) if isinstance(value, str) else value
    if not isinstance(declared, Mapping):
        raise ConfigurationError(f'{name} is a mapping like {{"kex": ["diffie-hellman-group14-sha256"]}}.')
    return {str(kind): _names(name, names) for kind, names in declared.items()}


_HOST_KEYS = ("host_key", "host_keys")
_PASSPHRASES = ("private_key_passphrase", "passphrase", "private_key_passphrases")
_READERS: Mapping[str, Callable[[str, Any], Any]] = {
    "private_key": _text,
    "key_file": _text,
    "conn_timeout": _seconds,
    "banner_timeout": _seconds,
    "auth_timeout": _seconds,
    "operation_timeout": _seconds,
    "keepalive": _positive,
    "connect_attempts": _positive,
    "backoff": _seconds,
    "backoff_cap": _seconds,
    "auth_retries": _whole,
    "auth_retry_pause": _seconds,
    "disabled_algorithms": _algorithms,
    "ciphers": _names,
    "compress": _flag,
    "rotate_by": _day,
    "rotate_warning_days": _whole,
}
