"""What becomes of files that were taken in: refused, read again, cleared away at the partner's and with us."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine import failure_points, inbox
from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.engine.inbox import Emptied
from airflow_provider_mlconnector.engine.receiving import (
    Intake,
    listing,
    raise_refused,
    record,
    refused_cause,
    staged_name,
)
from airflow_provider_mlconnector.errors import ConfigurationError, RejectedError
from airflow_provider_mlconnector.ledger import alerts, batches, exceptions
from airflow_provider_mlconnector.ledger import inbox as files
from airflow_provider_mlconnector.ledger.audit import Actor
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.inbox import InboxFile, Place
from airflow_provider_mlconnector.staging.store import Staging

log = logging.getLogger(__name__)

_DIGITS = 16
Holders = Callable[[Collection[str]], Collection[int]]
"""Which kept files, by number, are the newest to hold one of these keys."""


def cursor_of(number: int) -> str:
    """A file's number as a cursor: text that sorts as the numbers do."""
    return f"{number:0{_DIGITS}x}"


def number_of(cursor: str) -> int:
    """The file number of a cursor; 0 for an empty one."""
    return int(cursor or "0", 16)


def refuse(ledger: Ledger, actor: Actor, number: int, why: str) -> None:
    """Set a kept file aside that can't be read as a whole: audited, told of once, and kept until it is read again."""
    with ledger.write() as connection:
        unit = files.of_number(connection, number)
        if files.refuse(connection, number, why):
            record(connection, actor, unit, files.REFUSED, why)
            raise_refused(connection, unit, why)
    log.warning("%s is set aside whole: %s", unit[0].name, why)


def read_again(ledger: Ledger, staging: Staging, actor: Actor, file_id: int, comment: str) -> str:
    """Have a file read again, as after its template has been corrected.

    Args:
        ledger: the ledger.
        staging: the staging area.
        actor: the person.
        file_id: the file; with it the other one of its pair.
        comment: why.

    Returns:
        What happens next, for that person.

    Raises:
        ConfigurationError: there is no such file, or it was never taken in; or copies of newer files have been cleared
            away, which its records could overtake.
    """
    with ledger.write() as connection:
        unit = _unit(connection, file_id)
        _check_newer(connection, unit)
        if unit[0].staged and staged_name(unit[0]) in staging.names(unit[0].staged):
            number = files.renumber(connection, unit)
            said = f"{unit[0].name} is number {number} now, and read by the next run"
        else:
            files.forget(connection, unit)
            said = f"our copy of {unit[0].name} is gone; the next run takes it in if it still lies at the partner's"
        alerts.resolve(connection, refused_cause(unit))
        record(connection, actor, unit, "reread", f"{said}: {comment}")
    return said


def _check_newer(connection: Connection, unit: Sequence[InboxFile]) -> None:
    later = [one for one in files.in_states(connection, unit[0].place, [files.KEPT]) if one.modified > unit[0].modified]
    gone = [one.name for one in later if not one.staged]
    if gone:
        raise ConfigurationError(
            f"{unit[0].name} is older than files whose copies have been cleared away ({', '.join(gone[:3])}): "
            "what it says of a record may have been taken back since.",
            "Have its records exported again.",
        )


def _unit(connection: Connection, file_id: int) -> list[InboxFile]:
    file = files.get(connection, file_id)
    if file is None:
        raise ConfigurationError(f"there is no file {file_id}", "See 'airflow mlconnector files list'.")
    if file.state not in (files.KEPT, files.REFUSED):
        raise ConfigurationError(
            f"{file.name} is {file.state} ({file.detail}); only a kept or refused file is read again"
        )
    return files.of_number(connection, file.number) if file.number is not None else [file]


def clear_away(context: LaneContext, intake: Intake, box: Emptied) -> int:
    """Move or remove files at the partner's, where that is wanted, once every lane has committed what it read of them.

    Returns:
        How many files.
    """
    if intake.archive == "none":
        return 0
    with context.ledger.read() as connection:
        committed = _committed(connection, intake.place)
        taken = files.in_states(connection, intake.place, [files.KEPT, files.REPEATED])
    unread = any(file.number is not None and file.number > committed for file in taken)
    there = {named.look for named in listing(box, intake).files}
    done = 0
    for file in taken:
        # A repeated file has no number: it goes once nothing is unread.
        read = not unread if file.number is None else file.number <= committed
        if read and not file.moved_to and file.look in there and inbox.still(box, file.look):
            done += _clear(context, intake, box, file)
    return done


def _clear(context: LaneContext, intake: Intake, box: Emptied, file: InboxFile) -> int:
    try:
        if intake.archive == "move":
            moved_to = inbox.move(box, file.look, intake.archive_folder)
        else:
            box.remove(file.name)
            moved_to = files.REMOVED
    except RejectedError as error:
        log.warning("%s stays where it is: %s", file.name, error)
        return 0
    failure_points.reach("file_cleared_away")
    with context.ledger.write() as connection:
        files.set_moved(connection, file, moved_to)
        record(connection, context.actor, [file], "cleared away", moved_to)
    return 1


def expire(context: LaneContext, place: Place, retention: timedelta, newest_with: Holders) -> int:
    """Remove our copies of files that are older than the retention, and that nobody may ask for any more.

    Kept are those that a lane has not committed, that are refused, and the newest with a record that stands in an open
    exception. While a lane has a batch under way, all are kept.

    Args:
        context: a lane that reads this place.
        place: where the files came in.
        retention: how long copies are kept at least.
        newest_with: finds the files with given records.
    """
    # At least a day, so that what another task is downloading right now is not swept away.
    limit = utc_now() - max(retention, timedelta(days=1))
    with context.ledger.read() as connection:
        readers = [lane.id for lane in files.readers(connection, place)]
        if any(batches.in_states(connection, lane_id, batches.OPEN) for lane_id in readers):
            return 0
        committed = _committed(connection, place)
        kept = files.in_states(connection, place, [files.KEPT])
        items = [item for lane_id in readers for item in exceptions.open_of_lane(connection, lane_id).values()]
    old = [f for f in kept if f.staged and f.taken_at and f.taken_at < limit and (f.number or 0) <= committed]
    wanted = {item.key for item in items if item.key}
    needed = newest_with(wanted) if old and wanted else ()
    expired = [file for file in old if file.number not in needed]
    _sweep(context, place, limit, expired)
    return len(expired)


def _sweep(context: LaneContext, place: Place, limit: datetime, expired: Sequence[InboxFile]) -> None:
    """Remove expired copies, and what killed tasks have left."""
    with context.ledger.write() as connection:
        files.set_expired(connection, expired)
    failure_points.reach("copies_expired")
    with context.ledger.read() as connection:
        named = files.staged_folders(connection, place)
    for folder in context.staging.folders_before(str(place), limit):
        if folder not in named:
            context.staging.remove(folder)


def _committed(connection: Connection, place: Place) -> int:
    """The number up to which every lane that reads this place has committed."""
    return min((number_of(lane.watermark) for lane in files.readers(connection, place)), default=0)
