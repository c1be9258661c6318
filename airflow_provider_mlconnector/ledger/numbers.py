"""Numbers that a partner counts by: file sequences and control numbers, allotted once and kept by their batch."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.ledger import bulk
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.schema import allotment, counter


def allot(connection: Connection, name: str, batch_id: int, slot: str) -> int:
    """The number that this slot of this batch has of a counter; the next one at the first asking.

    Within a writing transaction, so that two workers never get the same one.
    """
    bulk.insert_once(connection, counter, name=name, next=1)
    locked = select(counter.c.next).where(counter.c.name == name).with_for_update()
    number = int(connection.execute(locked).scalar_one())
    # Looked up under the counter's lock: another try may just have been given this slot's number.
    known = connection.execute(
        select(allotment.c.number).where(
            allotment.c.counter == name, allotment.c.batch_id == batch_id, allotment.c.slot == slot
        )
    ).scalar()
    if known is not None:
        return int(known)
    connection.execute(update(counter).where(counter.c.name == name).values(next=number + 1))
    connection.execute(
        insert(allotment).values(counter=name, number=number, batch_id=batch_id, slot=slot, at=utc_now())
    )
    return number


def peek(connection: Connection, name: str) -> int:
    """The number that a counter would give next."""
    return int(connection.execute(select(counter.c.next).where(counter.c.name == name)).scalar() or 1)
