"""`files`: list, show, reread."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from airflow_provider_mlconnector.cli.opened import ledger, ledger_to_look_at, person
from airflow_provider_mlconnector.cli.output import Lines, listing, single
from airflow_provider_mlconnector.errors import ConfigurationError

if TYPE_CHECKING:
    from airflow_provider_mlconnector.ledger.inbox import InboxFile


def list_files(arguments: Namespace) -> Lines:
    """The newest files that have come in."""
    from airflow_provider_mlconnector.ledger import inbox

    named = {"partner": arguments.connection, "entity": arguments.entity, "state": arguments.state}
    with ledger_to_look_at() as opened, opened.read() as connection:
        found = inbox.listed(connection, {column: value for column, value in named.items() if value}, arguments.limit)
    return listing([_row(file) for file in found], arguments.output)


def show(arguments: Namespace) -> Lines:
    """One file with all that is known of it."""
    from airflow_provider_mlconnector.ledger import inbox

    with ledger().read() as connection:
        file = inbox.get(connection, arguments.id)
    if file is None:
        raise ConfigurationError(f"there is no file {arguments.id}")
    return single({**vars(file), "cursor": _cursor(file)}, arguments.output)


def reread(arguments: Namespace) -> Lines:
    """Have a file read again, as after its template has been corrected."""
    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.engine.kept_files import read_again
    from airflow_provider_mlconnector.hooks.ledger import open_staging
    from airflow_provider_mlconnector.ledger.audit import Actor

    by = Actor(person=person(arguments))
    return [read_again(ledger(), open_staging(Settings.read()), by, arguments.id, arguments.comment)]


def _row(file: InboxFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "connection": file.partner,
        "entity": file.entity,
        "name": file.name,
        "bytes": file.size,
        "modified": file.modified,
        "number": file.number,
        "state": file.state,
        "detail": file.detail,
    }


def _cursor(file: InboxFile) -> str:
    from airflow_provider_mlconnector.engine.kept_files import cursor_of

    return cursor_of(file.number) if file.number is not None else ""
