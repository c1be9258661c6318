"""How the sandbox misbehaves: faults that are set and cleared while it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

FAULTS = {
    # before the gateway
    "http_status": "answer with HTTP status `value` (default 500) and an empty body",
    "html_503": "answer with status `value` (default 503; 520 to 524) and Cloudflare's HTML page",
    "html": "answer 200 with an HTML page instead of XML",
    "gw_0010": "answer 429 with GW-0010; `body`: `xml` (default), `empty` or `html`; `retry_after`: such a header",
    "gw_0011": "answer 400 with GW-0011, Invalid Request",
    "gw_401": "answer 401 with XMLGW_JPP0002",
    "slow": "wait `value` seconds (default 1) before answering",
    "hang": "accept the request and never answer",
    "drop": "close the connection after `value` bytes of the body (default: half of it)",
    "lost_answer": "do the work, then close the connection without a word",
    "truncated": "leave out the second half of the XML, with a fitting Content-Length",
    "wrong_length": "declare a Content-Length that is `value` bytes off (default 100)",
    "no_root": "write the answer twice, so that it has no single root",
    "doctype": "put a document type with an entity before the answer",
    "big_page": "pad the answer to `value` bytes (default 50 MB)",
    "event": "before answering, let `kind` happen with `params`",
    # control and operation
    "control_error": "fail at the control level with `errorno`, `description2`, `description`, `correction`",
    "operation_error": "fail at the operation level with the same options",
    "invalid_session": "revoke the session that the request uses, and say so",
    # functions
    "error": "fail with the same options (default DL02000001, There was an error processing the request.)",
    "bare_failure": "fail without saying why",
    "partial_data": "fail with an error, and give the data none the less",
    "lost_result": "leave the function's result out of the answer",
    "wrong_control_id": "answer with another control id than the function's",
    "drift": "before the page is read, change its query's first `n` (default 1) records; `act`: `touch` (default: they "
    "are modified now) or `delete`",
    # pages
    "lower_case": "write objects and fields in lower case",
    "iso_dates": "write dates and timestamps in ISO form",
    "wrong_counts": "say that `value` (default 0) records remain, whatever is true",
    "null_cursor": "no WHENMODIFIED (or `column`) in row `row`",
    "bad_date": "a WHENMODIFIED (or `column`) that is no date in row `row`",
    "bad_number": "a TRX_TOTALENTERED (or `column`) that is no number in row `row`",
    "long_number": "a TRX_TOTALENTERED (or `column`) of 30 digits in row `row`",
    "row_without_key": "no RECORDNO in row `row`",
    "field_missing": "no field `column` in any row",
    "new_field": "a field `column` (default NEWFIELD) that nobody asked for in every row",
    "repeat_row": "row `row` twice",
    "lose_row": "leave row `row` out, and count it",
}
_WHERE = {"function", "object", "offset", "controlid", "door"}


@dataclass
class Fault:
    """One fault that is set.

    Attributes:
        name: one of `FAULTS`.
        where: only requests with a function whose facts are these.
        after: how many matching requests pass unharmed first.
        count: how many are hit then; None means all until it is cleared.
        options: what `FAULTS` names in backticks.
        hits: how many it has hit.
    """

    name: str
    where: dict[str, str] = field(default_factory=dict)
    after: int = 0
    count: int | None = 1
    options: dict[str, Any] = field(default_factory=dict)
    hits: int = 0

    def meets(self, facts: Mapping[str, str]) -> bool:
        """Whether a function with these facts is one that it is meant for."""
        return all(facts.get(name, "") == wanted for name, wanted in self.where.items())

    def strikes(self, functions: Sequence[Mapping[str, str]]) -> bool:
        """Whether it hits a request with these functions; counts it."""
        if not any(self.meets(facts) for facts in functions):
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
        where = {str(key): str(value) for key, value in dict(fields.pop("where", None) or {}).items()}
        if set(where) - _WHERE:
            raise ValueError(f"'where' knows {', '.join(sorted(_WHERE))}")
        count = fields.pop("count", 1)
        fault = Fault(name, where, int(fields.pop("after", 0)), None if count is None else int(count), fields)
        self._set.append(fault)
        return fault

    def clear(self, name: str = "") -> None:
        """Clear the faults with this name, or all."""
        self._set = [fault for fault in self._set if name and fault.name != name]

    def take(self, functions: Sequence[Mapping[str, str]]) -> list[Fault]:
        """The faults that hit a request with these functions."""
        return [fault for fault in self._set if fault.strikes(functions)]

    def listed(self) -> list[dict[str, Any]]:
        """The faults that are set, in JSON form."""
        return [asdict(fault) for fault in self._set]


def named(faults: Sequence[Fault]) -> Active:
    """Faults by name, with their options."""
    return {fault.name: fault.options for fault in faults}


def of_function(faults: Sequence[Fault], facts: Mapping[str, str]) -> Active:
    """Those of a request's faults that are meant for one of its functions."""
    return named([fault for fault in faults if fault.meets(facts)])
