"""File names by pattern, safe against what the data hold."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from string import Formatter
from typing import Annotated

from pydantic import AfterValidator

from airflow_provider_mlconnector.errors import ConfigurationError

_FREE = ("flow", "stream", "company", "period", "run", "group")
_LITERAL = re.compile(r"[A-Za-z0-9._ ()+=@#~-]*")
_DATE = re.compile(r"(%[YymdHMSjGV]|[A-Za-z0-9._-])+")
_SEQUENCE = re.compile(r"(0?([1-9]|1\d))?d?")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
# Device names, which Windows takes for themselves with any extension.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(?=[ ]*(\.|$))", re.IGNORECASE)
_MAX_BYTES = 200
_MIN_SHARE = 12
_DIGEST = 8
_LONGEST_SEQUENCE = 10**18


@dataclass(frozen=True)
class FileNaming:
    """What the file names and control records of one rendering are made of.

    Attributes:
        flow: the flow's name.
        stream: the stream's name.
        company: the company or other partition of the lane; empty where it has none.
        period: the accounting period as people write it; empty where it has none.
        date: the date and time that the file is stamped with, as the clock of the flow's time zone shows it.
        sequence: the number that the ledger allotted.
        run: the run's id.
    """

    flow: str
    stream: str
    date: datetime
    sequence: int
    company: str = ""
    period: str = ""
    run: str = ""


def check_pattern(pattern: str) -> str:
    """Check a pattern for file names when it is loaded.

    Raises:
        ValueError: a placeholder, a format or a character that can't be used, or no `{sequence}`.
    """
    parts = list(_parts(pattern))
    if "sequence" not in {name for _, name, _ in parts}:
        raise ValueError("a file name needs {sequence}, so that no two files that are sent share a name")
    longest = FileNaming(flow="", stream="", date=datetime.max.replace(tzinfo=UTC), sequence=_LONGEST_SEQUENCE)
    if _share(parts, longest) < _MIN_SHARE:
        raise ValueError("the file name is too long: shorten its texts or use fewer placeholders")
    return pattern


FileNamePattern = Annotated[str, AfterValidator(check_pattern)]


def has_group(pattern: str) -> bool:
    """Whether a pattern holds `{group}`."""
    return any(name == "group" for _, name, _ in _parts(pattern))


def file_name(pattern: str, naming: FileNaming, group: str = "") -> str:
    """The name of one file: at most 200 bytes of ASCII that no file system and no shell takes for something else.

    What comes from data keeps letters, digits, `.`, `_` and `-`; every other character becomes `-`. A part that is too
    long is cut and ends with a digest of the whole part, so that two of them stay two names.

    Args:
        pattern: checked by `check_pattern`.
        naming: the values of the placeholders.
        group: the value that the file's rows are grouped by.
    """
    parts = list(_parts(pattern))
    share = _share(parts, naming)
    name = ""
    for literal, placeholder, form in parts:
        name += literal + _fixed(naming, placeholder, form) + _shortened(_free(naming, placeholder, group), share)
    return _safe(name)


def file_names(pattern: str, naming: FileNaming, groups: Sequence[str]) -> dict[str, str]:
    """The name of each group's file.

    Raises:
        ConfigurationError: two groups would share a name, or share one but for upper and lower case.
    """
    names: dict[str, str] = {}
    taken: dict[str, str] = {}
    for group in groups:
        names[group] = file_name(pattern, naming, group)
        other = taken.setdefault(names[group].casefold(), group)
        if other != group:
            raise ConfigurationError(
                f"The groups '{other}' and '{group}' would both be written to the file '{names[group]}'.",
                "Map the values that rows are grouped by to codes of letters and digits that differ.",
            )
    return names


def _parts(pattern: str) -> Iterator[tuple[str, str, str]]:
    """Literal text, placeholder behind it (or none) and the placeholder's format."""
    try:
        parsed = list(Formatter().parse(pattern))
    except ValueError as error:
        raise ValueError(f"'{pattern}' is not a pattern: {error}") from None
    for literal, name, form, conversion in parsed:
        if not _LITERAL.fullmatch(literal):
            raise ValueError(f"'{literal}' holds a character that file names can't have everywhere")
        if conversion:
            raise ValueError(f"'!{conversion}' has no meaning in a file name")
        if name is not None:
            _check_placeholder(name, form or "")
        yield literal, name or "", form or ""


def _share(parts: Sequence[tuple[str, str, str]], naming: FileNaming) -> int:
    """How many bytes each part that comes from data may have."""
    fixed = sum(len(literal + _fixed(naming, name, form)) for literal, name, form in parts)
    # One byte is left for the underscore before a reserved name.
    return (_MAX_BYTES - 1 - fixed) // max(sum(1 for _, name, _ in parts if name in _FREE), 1)


def _check_placeholder(name: str, form: str) -> None:
    if name == "date":
        if form and not _DATE.fullmatch(form):
            raise ValueError(f"'{form}' is not a date format; use %Y %y %m %d %H %M %S %j %G %V, letters, . _ and -")
    elif name == "sequence":
        if not _SEQUENCE.fullmatch(form):
            raise ValueError(f"'{form}' is not a format of a sequence; use 06d, for example")
    elif name not in _FREE:
        raise ValueError(f"{{{name}}} is not a placeholder; use {', '.join(('date', 'sequence', *_FREE))}")
    elif form:
        raise ValueError(f"{{{name}}} takes no format")


def _fixed(naming: FileNaming, name: str, form: str) -> str:
    if name == "date":
        return _UNSAFE.sub("-", naming.date.strftime(form or "%Y%m%d"))
    return format(naming.sequence, form) if name == "sequence" else ""


def _free(naming: FileNaming, name: str, group: str) -> str:
    if name == "group":
        return group
    return str(getattr(naming, name)) if name in _FREE else ""


def _shortened(text: str, share: int) -> str:
    safe = _UNSAFE.sub("-", text)
    if len(safe) <= share:
        return safe
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{safe[: share - _DIGEST - 1]}-{digest}"


def _safe(name: str) -> str:
    name = re.sub(r"\.{2,}", ".", name.strip(" "))
    name = re.sub(r"^\.", "-", name)
    name = re.sub(r"[. ]+$", "-", name)
    return f"_{name}" if _RESERVED.match(name) else name
