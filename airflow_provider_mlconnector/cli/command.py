"""A command as data, which Airflow's command line and our own program each make their own of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Argument:
    """One argument of a command, as argparse takes it."""

    flags: tuple[str, ...]
    how: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Command:
    """A command.

    Attributes:
        name: its name.
        help: one line about it.
        function: module and function, which are imported when it runs.
        arguments: its arguments.
    """

    name: str
    help: str
    function: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True)
class Group:
    """Commands under one name."""

    name: str
    help: str
    commands: Sequence[Command]
