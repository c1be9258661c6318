"""What a Stampli connection says of folders and files, checked; the sign-in is that of any SFTP server.

Nothing of Stampli's file integration is public (sheet 10): folders, names and habits are settings, and the defaults are
the sheet's neutral layout (12.1).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from airflow_provider_mlconnector.declared import Declared
from airflow_provider_mlconnector.errors import ConfigurationError

PART, HEADER, LINES = "part", "header", "lines"
_ENTITY = "{entity}"
_PATTERN = r"(?i){entity}[^/]*\.(csv|xml)"
_ENDING = re.compile(r"\.\w{1,20}")


def _listed(value: object) -> object:
    """A list as forms and connection URIs give it: JSON, or texts separated by commas or line ends."""
    if not isinstance(value, str):
        return value
    return _json(value) if value.lstrip().startswith("[") else [one for one in re.split(r"[\s,]+", value) if one]


def _mapped(value: object) -> object:
    return _json(value) if isinstance(value, str) else value


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


class StampliConfig(Declared):
    """Where Stampli's files lie, and how they come and go.

    Attributes:
        outbound_folder: where Stampli puts what it exports; `{entity}` stands for `invoices`, `vendors` and so on.
        inbound_folder: where it looks for what is sent to it, likewise.
        patterns: what the names of an entity's files look like: regular expressions, whole names. A group named `part`
            that finds `header` or `lines` makes two files one, where all other named groups find the same.
        settle_seconds: for how long a file must have looked the same before it is taken in.
        trigger_endings: endings, such as `.done`, of the files that say that another is whole; empty: by settling.
        archive: what becomes of a file at Stampli's once what it held has been committed.
        archive_folder: where `move` puts it, below the folder that it lies in.
        max_file_mb: a larger file is refused; megabytes of 1,000,000 bytes.
        time_zone: IANA zone of dates and times without an offset.
    """

    outbound_folder: str = "/outbound/{entity}"
    inbound_folder: str = "/inbound/{entity}"
    patterns: Annotated[dict[str, str], BeforeValidator(_mapped)] = Field(default_factory=dict)
    settle_seconds: int = Field(30, ge=0, le=3600)
    trigger_endings: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    archive: Literal["none", "move", "delete"] = "none"
    archive_folder: str = "archive"
    max_file_mb: int = Field(2000, ge=1, le=100_000)
    time_zone: str = "UTC"

    @classmethod
    def from_fields(cls, extra: Mapping[str, Any]) -> StampliConfig:
        """Read a connection's extras; those that are not fields of this are the sign-in's.

        Raises:
            ConfigurationError: a field is wrong.
        """
        own = {name: extra[name] for name in cls.model_fields if extra.get(name) not in (None, "", [], {})}
        try:
            return cls.model_validate(own)
        except ValidationError as error:
            said = [
                f"{'.'.join(map(str, problem['loc']))} {problem['msg'].removeprefix('Value error, ')}"
                for problem in error.errors(include_input=False)
            ]
            raise ConfigurationError(f"Stampli connection: {'; '.join(said)}.", "Correct the extras.") from None

    @field_validator("patterns")
    @classmethod
    def _are_patterns(cls, given: dict[str, str]) -> dict[str, str]:
        for entity, pattern in given.items():
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"of {entity} is no regular expression: {error}") from None
        return given

    @field_validator("trigger_endings")
    @classmethod
    def _are_endings(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        if odd := [ending for ending in given if not _ENDING.fullmatch(ending)]:
            raise ValueError(f"are endings such as .done, not {', '.join(odd)}")
        return given

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, given: str) -> str:
        if given not in available_timezones():
            raise ValueError("is not an IANA time zone such as Europe/Berlin")
        return given

    @field_validator("archive_folder")
    @classmethod
    def _is_a_plain_name(cls, given: str) -> str:
        if not given or "/" in given or given.startswith("."):
            raise ValueError("is the name of one folder, without / and not hidden")
        return given

    @model_validator(mode="after")
    def _folders_differ(self) -> Self:
        if self.outbound_folder.rstrip("/") == self.inbound_folder.rstrip("/"):
            raise ValueError("outbound_folder and inbound_folder are the same: what is sent would be read again")
        return self

    def outbound(self, entity: str) -> str:
        """The folder that Stampli puts an entity's files into."""
        return self.outbound_folder.replace(_ENTITY, entity)

    def inbound(self, entity: str) -> str:
        """The folder in which Stampli looks for an entity's files."""
        return self.inbound_folder.replace(_ENTITY, entity)

    def named(self, entity: str, name: str) -> tuple[str, str] | None:
        """What a file is by its name.

        Returns:
            None if it is none of this entity's; else what it shares with the other file of its pair, and which part of
            the pair it is, both empty for a file that stands alone.
        """
        pattern = self.patterns.get(entity) or _PATTERN.replace(_ENTITY, re.escape(entity))
        found = re.fullmatch(pattern, name)
        if found is None:
            return None
        groups = {key: value or "" for key, value in found.groupdict().items()}
        part = groups.pop(PART, "").lower()
        if not part:
            return ("", "")
        # "headers", "line": what a site calls them hardly matters.
        kind = {"h": HEADER, "l": LINES}.get(part[0])
        return ("|".join(f"{key}={value}" for key, value in sorted(groups.items())) or "-", kind) if kind else None
