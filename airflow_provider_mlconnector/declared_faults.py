"""What is wrong with a declaration, in words for those who wrote it, where pydantic speaks to programmers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

Location = tuple[str | int, ...]

_OWN_PREFIX = re.compile(r"([a-z_]+(?:\.[a-z_]+)*): ")
_LONGEST_SHOWN = 60
_MOST_NAMED = 25


def told(error: ValidationError, model: type[BaseModel]) -> list[tuple[Location, str]]:
    """Where something is wrong, and what; the same place is named once.

    Args:
        error: what pydantic has found.
        model: what the declaration was checked against.
    """
    problems = [(_path(found["loc"]), found) for found in error.errors()]
    deepest = [where for where, found in problems if found["type"] not in _OF_THE_WHOLE]
    said: dict[Location, str] = {}
    for where, found in problems:
        # Of a union every branch complains, and a list whose items are wrong has too few of them.
        if found["type"] in _OF_THE_WHOLE and any(other[: len(where)] == where for other in deepest):
            continue
        at, problem = _said(where, found, model)
        said.setdefault(at, problem)
    return list(said.items())


def _path(location: Location) -> Location:
    """The location without the names that pydantic gives to checks and branches."""
    return tuple(part for part in location if isinstance(part, int) or not re.search(r"[\[\](]", part))


def _said(where: Location, found: Mapping[str, Any], model: type[BaseModel]) -> tuple[Location, str]:
    kind, given, limits = found["type"], found["input"], found.get("ctx", {})
    if kind in ("value_error", "assertion_error"):
        problem = found["msg"].removeprefix("Value error, ")
        named = _OWN_PREFIX.match(problem)
        if named and named[1].split(".", 1)[0] in _names(model, where):
            return (*where, *named[1].split(".")), problem[named.end() :]
        return where, problem
    if kind == "extra_forbidden":
        return where, _unknown(str(where[-1]), sorted(_names(model, where[:-1])))
    words = _WORDS.get(kind)
    return where, words(given, limits) if words else f"{_shown(given)}: {found['msg'][0].lower()}{found['msg'][1:]}"


def _unknown(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, 1, 0.7)
    if close:
        return f"there is no '{name}' here; is {close[0]} meant?"
    return f"there is no '{name}' here" + (f"; there are {', '.join(names)}" if 0 < len(names) <= _MOST_NAMED else "")


def _names(model: type[BaseModel], where: Location) -> set[str]:
    """What may stand at a place."""
    found: list[Any] = [model]
    for part in where:
        found = [inner for kind in found for inner in _inner(kind, part)]
    return {
        field.alias or name
        for kind in found
        for each in _models(kind)
        for name, field in each.model_fields.items()
    }  # fmt: skip


def _inner(kind: Any, part: str | int) -> Iterator[Any]:
    for each in _models(kind):
        for name, field in each.model_fields.items():
            if part in (name, field.alias):
                yield field.annotation
    if not isinstance(kind, type) or get_args(kind):
        # Of a list its items, of names with values the values: the models that stand in them.
        yield from (argument for argument in get_args(kind) if isinstance(part, int) or _models(argument))


def _models(kind: Any) -> list[type[BaseModel]]:
    if isinstance(kind, type) and not get_args(kind):
        return [kind] if issubclass(kind, BaseModel) else []
    return [each for argument in get_args(kind) for each in _models(argument)]


def _shown(given: Any) -> str:
    if isinstance(given, bool):
        return "true" if given else "false"
    if given is None:
        return "nothing"
    if isinstance(given, dict):
        return "names with values"
    if isinstance(given, list | tuple):
        return "a list"
    if not isinstance(given, str):
        return str(given)
    text = given
    return f"'{text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + '...'}'"


def _literal(given: Any, limits: Mapping[str, Any]) -> str:
    allowed = str(limits["expected"]).replace(" or ", ", ").replace("'", "").strip(", ")
    quotes = "; write it in quotes" if str(given) in allowed.split(", ") else ""
    return f"{_shown(given)} is none of {allowed}{quotes}"


def _text(given: Any, _limits: Mapping[str, Any]) -> str:
    if given is None or isinstance(given, dict | list | tuple):
        return f"needs a text, not {_shown(given)}"
    return f"YAML reads this as {given} ({type(given).__name__}), not as text; write it in quotes"


def _too_short(_given: Any, limits: Mapping[str, Any]) -> str:
    return "is empty" if limits["min_length"] == 1 else f"needs {limits['min_length']} or more"


def _bound(limit: str, words: str) -> Callable[[Any, Mapping[str, Any]], str]:
    return lambda given, limits: f"{_shown(given)} is {words} {limits[limit]}"


def _needs(words: str) -> Callable[[Any, Mapping[str, Any]], str]:
    return lambda given, _limits: f"needs {words}, not {_shown(given)}"


_LIST = _needs("a list, such as [a, b]")
_NAMED = _needs("names with values, such as {name: value}")
_WHOLE_NUMBER = _needs("a whole number")
_SWITCH = _needs("true or false")
_DURATION = _needs("a duration, such as PT24H (hours), PT30M (minutes) or P1D (days)")
_OF_THE_WHOLE = ("too_short", "tuple_type", "list_type", "dict_type", "model_type", "model_attributes_type")

_WORDS: Mapping[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "missing": lambda _given, _limits: "is missing",
    "literal_error": _literal,
    "string_type": _text,
    "string_too_long": lambda given, limits: (
        f"{_shown(given)} has {len(given)} characters, where {limits['max_length']} is the most"
    ),
    "string_too_short": _too_short,
    "string_pattern_mismatch": lambda given, limits: f"{_shown(given)} is not of the form {limits['pattern']}",
    "too_short": _too_short,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _NAMED,
    "model_type": _NAMED,
    "model_attributes_type": _NAMED,
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "bool_type": _SWITCH,
    "bool_parsing": _SWITCH,
    "time_delta_type": _DURATION,
    "time_delta_parsing": _DURATION,
    "greater_than_equal": _bound("ge", "less than"),
    "greater_than": _bound("gt", "not more than"),
    "less_than_equal": _bound("le", "more than"),
    "less_than": _bound("lt", "not less than"),
}
