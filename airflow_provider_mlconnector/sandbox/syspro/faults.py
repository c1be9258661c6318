"""How the sandbox misbehaves: faults that are set and cleared while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

FAULTS = {
    # both services
    "throttle": "answer 503 with Retry-After: `value` seconds",
    "status": "answer with HTTP status `value` and an HTML page",
    "slow": "wait `value` seconds before answering",
    "hang": "accept the request and never answer",
    "lost_answer": "do the work, then close the connection without a word",
    "drop": "close the connection after `value` bytes of the body (default: half of it)",
    "wrong_length": "declare a Content-Length that is `value` bytes off",
    "html": "answer 200 with an HTML page instead of data",
    "truncated": "leave out the second half of the body, with a fitting Content-Length",
    "event": "before answering, let `kind` happen with `params`",
    "key_padding": "show keys padded as `value` says: `zero`, `space` or `trailing`",
    # e.net
    "evict_session": "another sign-in has ended the session",
    "session_timeout": "the session has been idle for too long",
    "exception": "answer `ERROR: e.net exception raised: <value>` (default 100000)",
    "body": "wrap bodies as `value` says: `json_quoted` or `string_wrapped`",
    # posts of e.net
    "bad_gateway": "do the work, then answer with HTTP status `value` (default 504) and an HTML page",
    "late_work": "do the work `value` seconds later, or before the answer to the `requests`-th request from now, or at "
    "the admin call `release`, whether or not the caller still waits; with `drop` the connection closes at once; with "
    "`fenced` the work is not done if the session has ended meanwhile",
    "evict_mid_post": "end the session after `value` items of the document (default: half of them), which stay posted",
    "refuse_half": "refuse every second item of the document; with `partly` the others are posted whatever "
    "ApplyIfEntireDocumentValid says",
    # OData pages
    "lower_cap": "give at most `value` rows a page",
    "next_link": "say where the next page is (@odata.nextLink)",
    "ieee754_ignored": "give decimals as number tokens although strings were asked for",
    "zulu": "show dates with a `Z`",
    "nan": "NaN in number column `column` of row `row`",
    "long_number": "a number of 30 digits in number column `column` of row `row`",
    "bad_number": "text in number column `column` of row `row`",
    "row_without_key": "no key in row `row`",
    "null_cursor": "null in date column `column` of row `row`",
    "year_one_cursor": "0001-01-01 in date column `column` of row `row`",
    "column_missing": "no column `column` in row `row`",
    "new_column": "a column `column` (default NewColumn) that nobody asked for, in every row",
    "big_page": "pad the page to `value` bytes (default 50 MB)",
}
_WHERE = {"service", "operation", "table", "bo"}


@dataclass
class Fault:
    """One fault that is set.

    Attributes:
        name: one of `FAULTS`.
        where: only requests whose service, operation, table or business object are these.
        after: how many matching requests pass unharmed first.
        count: how many are hit then; None means all until it is cleared.
        options: what `FAULTS` names in backticks.
        hits: how many it has hit.
    """

    name: str
    where: dict[str, str] = field(default_factory=dict)
    after: int = 0
    count: int | None = None
    options: dict[str, Any] = field(default_factory=dict)
    hits: int = 0

    def strikes(self, facts: Mapping[str, str]) -> bool:
        """Whether it hits a request with these facts; counts it."""
        if any(facts.get(name, "") != wanted for name, wanted in self.where.items()):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.count is not None and self.hits >= self.count:
            return False
        self.hits += 1
        return True


Active = Mapping[str, Mapping[str, Any]]


class Faults:
    """The faults that are set."""

    def __init__(self) -> None:
        self._set: list[Fault] = []

    def set(self, given: Mapping[str, Any]) -> Fault:
        """Set a fault from its JSON form; a fault set twice counts twice, one after the other.

        Raises:
            ValueError: the name or a field is unknown.
        """
        fields = dict(given)
        name = str(fields.pop("name", ""))
        if name not in FAULTS:
            raise ValueError(f"there is no fault '{name}'; there are {', '.join(sorted(FAULTS))}")
        where = {str(key): str(value) for key, value in dict(fields.pop("where", {})).items()}
        if set(where) - _WHERE:
            raise ValueError(f"'where' knows {', '.join(sorted(_WHERE))}")
        count = fields.pop("count", None)
        fault = Fault(name, where, int(fields.pop("after", 0)), None if count is None else int(count), fields)
        self._set.append(fault)
        return fault

    def clear(self, name: str = "") -> None:
        """Clear the faults with this name, or all."""
        self._set = [fault for fault in self._set if name and fault.name != name]

    def take(self, facts: Mapping[str, str]) -> Active:
        """The faults that hit a request, by name, with their options."""
        return {fault.name: fault.options for fault in self._set if fault.strikes(facts)}

    def listed(self) -> list[dict[str, Any]]:
        """The faults that are set, in JSON form."""
        return [asdict(fault) for fault in self._set]
