"""All commands: their names, helps, arguments, and the functions that do the work."""

from __future__ import annotations

from typing import Any

from airflow_provider_mlconnector.cli.command import Argument, Command, Group


def _argument(*flags: str, **how: Any) -> Argument:
    return Argument(flags, how)


_PACKAGE = "airflow_provider_mlconnector.cli"
_OUTPUT = _argument("-o", "--output", choices=("table", "json"), default="table", help="how results are printed")
_LIMIT = _argument("--limit", type=int, default=50, help="how many rows at most")
_BY = _argument("--by", default="", help="who acts; by default the user of this terminal")
_COMMENT = _argument("--comment", required=True, help="why; it stands in the audit")
_LANE = (
    _argument("--flow", default="", help="the flow's name"),
    _argument("--stream", default="", help="the stream's name"),
    _argument("--target", default="", help="the target: the partner's connection id"),
    _argument("--partition", default="", help="the lane's partition, where it has one"),
)


def _id(what: str) -> Argument:
    return _argument("id", type=int, help=f"the {what}'s id, as list shows it")


def _acts(what: str) -> tuple[Argument, ...]:
    return (_id(what), _COMMENT, _BY)


def _command(name: str, text: str, function: str, *arguments: Argument) -> Command:
    return Command(name, text, f"{_PACKAGE}.{function}", arguments)


PING = _command(
    "ping", "sign in, read one row, and say what was found", "ping:ping", _argument("conn_id", help="a connection")
)

PREVIEW = _command(
    "preview",
    "print what the next run would send; nothing is sent, nothing is remembered",
    "preview:preview",
    _argument("dag_id", help="the DAG"),
    _argument("stream", help="the stream's task group"),
    _argument("--dags-folder", default="", help="where the DAG files lie; by default Airflow's"),
    _argument(
        "--diff",
        action="store_true",
        help="show the difference to the last file sent; rows of it that have not changed since show as removed",
    ),
)

RECONCILE = _command(
    "reconcile",
    "compare what is approved and not paid with what is open in SYSPRO; nothing is changed",
    "reconcile:reconcile",
    _argument("dag_id", help="the DAG with the task that reconciles"),
    _argument("--task", default="", help="that task, where there are several"),
    _argument("--dags-folder", default="", help="where the DAG files lie; by default Airflow's"),
    _argument("--suppliers", action="store_true", help="show the sums by supplier instead of the invoices that differ"),
    _argument("--supplier", default="", help="of this supplier alone"),
    _argument("--to", default="", help="write both as CSV files into this folder as well"),
    _OUTPUT,
)

GROUPS = (
    Group(
        "watermarks",
        "up to where each lane is committed",
        (
            _command("list", "all lanes with their watermarks", "lanes:list_watermarks", *_LANE[:2], _OUTPUT),
            _command("history", "every watermark that a lane had", "lanes:history", *_LANE, _OUTPUT),
            _command(
                "rewind",
                "set a lane's watermark back, so that its window is read again",
                "lanes:rewind",
                *_LANE,
                _argument("--to", required=True, help="a date or time in the source's zone; '' for the beginning"),
                _COMMENT,
                _BY,
            ),
        ),
    ),
    Group(
        "batches",
        "what one run has read of one lane",
        (
            _command("list", "the newest batches", "batches:list_batches", *_LANE, _LIMIT, _OUTPUT),
            _command("show", "one batch with its files or postings", "batches:show_batch", _id("batch"), _OUTPUT),
            _command("abandon", "give up a batch that is being sent", "batches:abandon", *_acts("batch")),
        ),
    ),
    Group(
        "deliveries",
        "files on their way to a partner",
        (
            _command("list", "the newest files", "deliveries:list_deliveries", *_LANE, _LIMIT, _OUTPUT),
            _command("show", "one file", "deliveries:show", _id("delivery"), _OUTPUT),
            _command(
                "replay",
                "send the same bytes under the same name again",
                "deliveries:replay",
                *_acts("delivery"),
                _argument(
                    "--although-older", action="store_true", help="also where newer versions have gone out since"
                ),
            ),
            _command("confirm", "of a file in doubt: the partner has it", "deliveries:confirm", *_acts("delivery")),
            _command("again", "of a file in doubt: the partner lacks it", "deliveries:again", *_acts("delivery")),
        ),
    ),
    Group(
        "postings",
        "attempts to post a record into a system",
        (
            _command(
                "list",
                "the newest attempts",
                "postings:list_postings",
                *_LANE,
                _argument("--key", default="", help="of this record: its key, or one value of it, such as its number"),
                _argument("--state", default="", help="intent, confirmed, rejected or dead"),
                _LIMIT,
                _OUTPUT,
            ),
            _command(
                "show",
                "one attempt: who made it, when, and what the target said",
                "postings:show",
                _argument("own_id", help="our id of the attempt, as list shows it and the target keeps it"),
                _OUTPUT,
            ),
        ),
    ),
    Group(
        "acknowledgments",
        "what partners said of the EDI files that were sent",
        (
            _command(
                "list",
                "the newest EDI files and their acknowledgments",
                "acknowledgments:list_acknowledgments",
                *_LANE,
                _argument("--waiting", action="store_true", help="only those that are not answered yet"),
                _LIMIT,
                _OUTPUT,
            ),
            _command("show", "one EDI file, and what was not accepted", "acknowledgments:show", _id("file"), _OUTPUT),
            _command(
                "files",
                "the newest files from partners that fitted nothing or could not be read",
                "acknowledgments:files",
                _argument("--all", action="store_true", help="those that were applied too"),
                _LIMIT,
                _OUTPUT,
            ),
            _command(
                "reread",
                "have the next run read such a file again, once the cause is corrected",
                "acknowledgments:reread",
                _argument("id", type=int, help="the file's id, as files shows it"),
                _COMMENT,
                _BY,
            ),
        ),
    ),
    Group(
        "files",
        "files with records that have come in",
        (
            _command(
                "list",
                "the newest files",
                "files:list_files",
                _argument("--connection", default="", help="of this connection"),
                _argument("--entity", default="", help="with these records, such as invoices"),
                _argument("--state", default="", help="seen, kept, repeated, refused or gone"),
                _LIMIT,
                _OUTPUT,
            ),
            _command("show", "one file", "files:show", _id("file"), _OUTPUT),
            _command(
                "reread",
                "have the next run read a file again, as after its template was corrected",
                "files:reread",
                *_acts("file"),
            ),
        ),
    ),
    Group(
        "exceptions",
        "records that could not go on",
        (
            _command(
                "list",
                "the newest exceptions",
                "exceptions:list_exceptions",
                *_LANE,
                _argument("--all", action="store_true", help="closed ones too"),
                _LIMIT,
                _OUTPUT,
            ),
            _command("show", "one exception", "exceptions:show", _id("exception"), _OUTPUT),
            _command("retry", "have the next run take it in", "exceptions:retry", _id("exception"), _BY),
            _command(
                "resolve",
                "close it by hand",
                "exceptions:resolve",
                *_acts("exception"),
                _argument("--at-target", choices=("yes", "no"), help="of one in doubt: whether the target has it"),
            ),
        ),
    ),
    Group(
        "ledger",
        "the database that remembers",
        (
            _command("upgrade", "make or change its tables", "ledger:upgrade"),
            _command("status", "where it is, of which version, and what is open", "ledger:status", _OUTPUT),
            _command(
                "accept",
                "believe this ledger although a marker or an XCom is ahead of it",
                "ledger:accept",
                *_LANE,
                _argument("--other", default="", help="the ledger and its change that the error names: ID:CHANGE"),
                _COMMENT,
                _BY,
            ),
        ),
    ),
    Group(
        "calendar",
        "close calendars",
        (
            _command(
                "next",
                "the next periods and when they run",
                "calendars:next_periods",
                _argument("calendar", help="a YAML file, or the id of a DAG with a close calendar"),
                _argument("--count", type=int, default=5, help="how many"),
                _argument("--dags-folder", default="", help="where the DAG files lie; by default Airflow's"),
                _OUTPUT,
            ),
        ),
    ),
)

AUDIT = _command(
    "audit",
    "what was done when, by which task or person",
    "audit:audit",
    _argument("--flow", default="", help="of this flow"),
    _argument("--run", default="", help="of this run"),
    _argument("--record", default="", help="about the record with this key, values joined by '/'"),
    _argument("--since", default="", help="from this UTC date or time"),
    _argument("--until", default="", help="to this UTC date or time"),
    _LIMIT,
    _OUTPUT,
)

TOP = (PING, AUDIT, PREVIEW, RECONCILE)
NAME = "mlconnector"
HELP = "Finance and procurement flows: watermarks, batches, deliveries, exceptions, audit"
