"""Preview: what the next poll would claim, found out without a trace: no lane, no window, no claim is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from airflow_provider_mlconnector.engine import twins
from airflow_provider_mlconnector.engine.judging import Bench
from airflow_provider_mlconnector.engine.polling import PollRequest, due_items, gone_causes, new_window, read_pages
from airflow_provider_mlconnector.engine.reading import Reading
from airflow_provider_mlconnector.ledger import batches, exceptions, lanes
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.lanes import Lane, LaneName, RunWindow
from airflow_provider_mlconnector.ledger.polled import Polled
from airflow_provider_mlconnector.staging.store import Staging
from airflow_provider_mlconnector.streams import cursor
from airflow_provider_mlconnector.streams.fingerprint import hash_version

# No lane has this id: nothing is known of a lane that has not run yet.
_UNKNOWN = -1
FOLDER = "preview"


@dataclass(frozen=True)
class Previewed:
    """What the next poll would find.

    Attributes:
        window: what it would read.
        reading: the rows that it would claim, as parts in the staging area that was handed in.
        counts: rows by verdict.
    """

    window: RunWindow
    reading: Reading
    counts: dict[str, int]


def preview(
    ledger: Ledger, name: LaneName, request: PollRequest, scratch: Staging, progress: Callable[[str], None]
) -> Previewed:
    """Read as the next poll would, and judge as it would.

    Args:
        ledger: only read.
        name: the lane; it need not exist.
        request: as for `poll`.
        scratch: where the parts are written: not the staging area of runs.
        progress: told what is read.
    """
    field = request.declaration.cursor
    clock = cursor.from_clock(request.source.clock(), field, request.zone) if field else ""
    gone = gone_causes(ledger, name, request)
    with ledger.read() as connection:
        lane = lanes.find(connection, name) or Lane(_UNKNOWN, name, 0, 1, "")
        window = new_window(request, lane, clock)
        open_batches = batches.in_states(connection, lane.id, batches.OPEN)
        staged = [batch for batch in open_batches if batch.state == batches.STAGED]
        due = due_items(connection, lane, gone, {batch.id for batch in open_batches} - {b.id for b in staged})
        keys = {item.key_hash: item.key for item in due}
        items = exceptions.open_of_lane(connection, lane.id)
        dismissed = exceptions.closed_by_people(connection, lane.id)
    progress(f"reading {request.declaration.table} from {window.low or 'the beginning'}")
    superseded = frozenset(batch.id for batch in staged)
    made_of = hash_version(request.declaration)
    bench = Bench(lane.id, request.declaration, made_of, lane.seq, superseded, frozenset(keys), dismissed)
    with ledger.session() as connection:
        reading = Reading(bench, items, Polled(connection), scratch, FOLDER, part_rows=request.part_rows)
        read_pages(request, window, clock, keys, reading)
        reading.finish()
        with connection.begin():
            if twins.set_apart(connection, reading, superseded):
                reading.drop_unclaimed()
            counts = reading.polled.counts()
    return Previewed(window, reading, counts)
