"""Reading acknowledgments again that answered nothing: a person asks for it, once what was wrong has been corrected."""

from __future__ import annotations

from pathlib import PurePosixPath

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.ledger import audit, received
from airflow_provider_mlconnector.ledger.audit import Actor, Event
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.received import Place, ReceivedFile


def ask(ledger: Ledger, actor: Actor, file_id: int, comment: str) -> ReceivedFile:
    """Have the next run of the task that reads its folder read a file again.

    Raises:
        ConfigurationError: there is no such file, or nothing in it that could be read again.
    """
    with ledger.write() as connection:
        file = received.get(connection, file_id)
        if file is None:
            raise ConfigurationError(f"there is no file {file_id}.", "'acknowledgments files' lists them.")
        if not received.ask_to_reread(connection, file_id):
            raise ConfigurationError(
                f"{file.name} is {file.outcome}: only a file with one of the outcomes "
                f"{', '.join(received.MAY_BE_REREAD)} is read again."
            )
        event = Event("acknowledgments to be read again", file.name, file.outcome, file.partner, detail=comment)
        audit.record(connection, None, actor, event)
    return file


def folders(ledger: Ledger, place: Place) -> set[str]:
    """The folders below a folder in which files lie that are to be read again."""
    with ledger.read() as connection:
        waiting = received.to_reread(connection, place)
    return {str(PurePosixPath(file.moved_to).parent) for file in waiting if "/" in file.moved_to}
