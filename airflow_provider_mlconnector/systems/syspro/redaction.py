"""Keeps what must not be seen out of logs and messages: passwords, tokens and documents travel in e.net's URLs."""

from __future__ import annotations

import logging
import re

# httpx logs every URL at INFO; httpcore logs below it at DEBUG. A filter counts only for the logger that it is set on.
_LOGGERS = (
    "httpx",
    "httpcore",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)
_SECRET_QUERY = re.compile(
    r"\b(OperatorPassword|CompanyPassword|UserId|XmlIn|XmlParameters)(=|%3D)[^&\s\"'>)]*", re.IGNORECASE
)
_SECRET_HEADER = re.compile(r"(authorization\W{1,6}(?:basic|bearer)\s+)[\w+/=.-]+", re.IGNORECASE)
_HIDDEN = "***"


def redact(text: str) -> str:
    """The text without the values of secret query parameters and authorization headers.

    Args:
        text: a log line, a message, a part of an answer.
    """
    return _SECRET_HEADER.sub(rf"\1{_HIDDEN}", _SECRET_QUERY.sub(rf"\1\2{_HIDDEN}", text))


class RedactingFilter(logging.Filter):
    """Rewrites records of the HTTP libraries before any handler sees them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the record's text by the redacted one; every record passes."""
        message = record.getMessage()
        shown = redact(message)
        if shown != message:
            record.msg, record.args = shown, ()
        return True


_FILTER = RedactingFilter()


def install() -> None:
    """Set the filter on the HTTP libraries' loggers; calling it again changes nothing."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
