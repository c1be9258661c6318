"""Bodies of e.net answers: decoded, unwrapped, and told apart from errors, which come with HTTP 200 as well."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from airflow_provider_mlconnector.errors import ConfigurationError, MlconnectorError, RejectedError
from airflow_provider_mlconnector.systems.syspro import xml
from airflow_provider_mlconnector.systems.syspro.session import SessionLostError

_UNLICENSED = re.compile(r"e\.net exception(?: raised)?:?\s*100000\b", re.IGNORECASE)
_STRING = re.compile(r"\s*(?:<\?xml[^>]*\?>\s*)?<(?:\w+:)?string\b", re.IGNORECASE)


def decoded(body: bytes) -> str:
    """The text of a body: Windows-1252, or UTF-8 where the bytes can't be that (sheet 1.4).

    Valid UTF-8 beyond ASCII is taken as UTF-8 only without a Windows-1252 prolog: as Windows-1252 it would be readable
    nonsense.
    """
    if body.startswith(b"\xef\xbb\xbf"):
        return body[3:].decode("utf-8", "replace")
    order = ("cp1252", "utf-8") if b"windows-1252" in body[:100].lower() else ("utf-8", "cp1252")
    for encoding in order:
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("cp1252", "replace")


def unwrapped(text: str, max_bytes: int) -> str:
    """The string within a JSON string or a `<string>` element; plain text as it is, padding included.

    Args:
        text: the decoded body.
        max_bytes: largest document that is parsed.
    """
    if text.lstrip().startswith('"'):
        try:
            inner = json.loads(text)
        except ValueError:
            inner = None
        if isinstance(inner, str):
            return inner
    if _STRING.match(text):
        try:
            return xml.parse(text, max_bytes).text or ""
        except xml.NotXmlError:
            return text
    return text


def problem(text: str, patterns: Sequence[str], what: str) -> MlconnectorError | None:
    """The error that an answer stands for; None for a good one.

    Args:
        text: the unwrapped answer, free of secrets.
        patterns: regular expressions of a lost session.
        what: what was asked, for the message.
    """
    shown = text.strip()
    if shown[:5].upper() != "ERROR":
        return None
    said = f"{what}: SYSPRO answered '{shown[:300]}'."
    if _UNLICENSED.search(shown):
        return ConfigurationError(
            said, "The business object is not installed, or the operator has no e.net licence for it."
        )
    if any(re.search(pattern, shown, re.IGNORECASE) for pattern in patterns):
        return SessionLostError(said, "Another sign-in of the same operator may have ended the session.")
    return RejectedError(said, "Look the message up in SYSPRO.")


def refusal(errors: Sequence[xml.EnetError], what: str) -> RejectedError | None:
    """The error that a query's answer holds; None where it holds none."""
    if not errors:
        return None
    listed = "; ".join(f"{error.element} '{error.value}': {error.number} {error.description}" for error in errors[:5])
    return RejectedError(f"{what}: SYSPRO refused it: {listed}.", "Correct the named values.")
