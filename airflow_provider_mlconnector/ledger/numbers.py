"""Numbers that a partner counts by: file sequences and control numbers, allotted once and kept by their batch.

A counter grows for ever; where a partner's numbers begin anew, what is written is derived from it. A control number
that was allotted and never left is a gap, and every gap is audited in the transaction that makes it one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.errors import IntegrityError, TransientError
from airflow_provider_mlconnector.ledger import audit, bulk, lanes
from airflow_provider_mlconnector.ledger.audit import Actor, Event
from airflow_provider_mlconnector.ledger.clock import utc_now
from airflow_provider_mlconnector.ledger.schema import allotment, batch, counter

GAP = "control_number_gap"
CONTROL = "edi:"
"""What the names of control number counters begin with: `edi:{partner}:out:interchange`, `group` or `set`."""


@dataclass(frozen=True)
class Block:
    """Numbers of one counter that a batch has: `count` of them, from `first`; `used` of them were told to be in use."""

    counter: str
    first: int
    count: int
    slot: str
    used: int = 0

    def __str__(self) -> str:
        """For the audit: counter, and first and last number."""
        return shown(self.counter, self.first, self.first + self.count - 1)


def shown(name: str, first: int | str, last: int | str) -> str:
    """Numbers of a counter as the audit names them."""
    return f"{name} {first}" if first == last else f"{name} {first} to {last}"


def allot(connection: Connection, name: str, batch_id: int, slot: str) -> int:
    """The number that this slot of this batch has of a counter; the next one at the first asking.

    Within a writing transaction, so that two workers never get the same one.
    """
    return allot_block(connection, name, batch_id, slot, 1)


def allot_block(connection: Connection, name: str, batch_id: int, slot: str, count: int) -> int:
    """The first of `count` numbers in a row that this slot of this batch has; the same at every asking.

    Where more are asked for than the slot has, it is made longer if nobody has taken a number since, or gets another
    block; what it had is a gap then.

    Args:
        connection: within a writing transaction, so that two workers never get the same number.
        name: the counter.
        batch_id: the batch, which is not sent yet.
        slot: what in the batch carries the numbers.
        count: how many, at least one; what is not used goes back by `give_back`.

    Raises:
        TransientError: the batch of a control number has been frozen or superseded meanwhile.
    """
    if count < 1:
        raise ValueError(f"{name}: {count} numbers can't be allotted")
    owner = _lock_batch(connection, batch_id)
    following = _lock(connection, name)
    # Looked up under the counter's lock: another try may just have been given this slot's numbers.
    known = _of_slot(connection, name, batch_id, slot)
    if known and count <= known.count:
        return known.first
    if name.startswith(CONTROL) and owner.state != "staged":
        raise TransientError(f"batch {batch_id} has become {owner.state} while it was formatted; try again")
    if known and following == known.first + known.count:
        _set(connection, known, count=count)
        _set_next(connection, name, known.first + count)
        return known.first
    if known:
        _set(connection, known, replaced=True)
        _audit(connection, owner, known, "the batch was formatted anew and needs more numbers in a row")
    _set_next(connection, name, following + count)
    values = {"counter": name, "number": following, "batch_id": batch_id, "slot": slot, "at": utc_now()}
    connection.execute(insert(allotment).values(count=count, used=0, replaced=False, **values))
    return following


def give_back(connection: Connection, name: str, batch_id: int, slot: str, used: int, first: int) -> bool:
    """Say how many numbers of its block a slot uses; the rest goes back if nobody has taken a number since.

    Called before what uses them can be sent. What an earlier try of the batch has used stays the batch's.

    Returns:
        Whether nothing was lost; False where the rest is a gap, which is audited.

    Raises:
        TransientError: another try has given back what this one uses; trying again gets other numbers.
    """
    owner = _lock_batch(connection, batch_id)
    following = _lock(connection, name)
    known = _of_slot(connection, name, batch_id, slot)
    if owner.state != "staged":
        raise TransientError(f"batch {batch_id} has become {owner.state} while it was formatted; try again")
    if known is None or known.first != first or used > known.count:
        raise TransientError(f"{name}: another try of batch {batch_id} has given numbers back that this one uses")
    keep = max(used, known.used)
    rest = Block(name, known.first + keep, known.count - keep, slot)
    _set(connection, known, count=keep, used=keep, replaced=keep == 0)
    if not rest.count:
        return True
    if following == rest.first + rest.count:
        _set_next(connection, name, rest.first)
        if not keep:
            connection.execute(allotment.delete().where(*_at(known)))
        return True
    _audit(connection, owner, rest, "not used, and the next number was taken already")
    return False


def of_batch(connection: Connection, batch_id: int, beginning: str) -> list[Block]:
    """The numbers that a batch has of the counters whose names begin so."""
    query = select(allotment).where(allotment.c.batch_id == batch_id, allotment.c.replaced.is_(False))
    query = query.where(allotment.c.counter.startswith(beginning, autoescape=True))
    rows = connection.execute(query.order_by(allotment.c.counter, allotment.c.number))
    return [_block(row) for row in rows]


def allotted(connection: Connection, batch_id: int, name: str) -> int:
    """How many numbers of a counter a batch has."""
    query = select(func.coalesce(func.sum(allotment.c.count), 0)).where(allotment.c.batch_id == batch_id)
    query = query.where(allotment.c.counter == name, allotment.c.replaced.is_(False))
    return int(connection.execute(query).scalar_one())


def take(connection: Connection, name: str) -> int:
    """The next number of a counter that no batch owns.

    The counter stays locked until the transaction ends: whoever sees a number also sees all smaller ones.
    """
    following = _lock(connection, name)
    _set_next(connection, name, following + 1)
    return following


def peek(connection: Connection, name: str) -> int:
    """The number that a counter would give next."""
    return int(connection.execute(select(counter.c.next).where(counter.c.name == name)).scalar() or 1)


def _lock_batch(connection: Connection, batch_id: int) -> Any:
    # Before the counter, as whoever supersedes a batch has its row already: what is allotted is seen as lost there.
    query = select(batch.c.id, batch.c.state, batch.c.lane_id, batch.c.run_id, batch.c.dag_id)
    found = connection.execute(query.where(batch.c.id == batch_id).with_for_update(key_share=True)).first()
    if found is None:
        raise IntegrityError(f"the ledger knows no batch {batch_id}.", "Clear the poll task of this run.")
    return found


def _lock(connection: Connection, name: str) -> int:
    bulk.insert_once(connection, counter, name=name, next=1)
    locked = select(counter.c.next).where(counter.c.name == name).with_for_update()
    return int(connection.execute(locked).scalar_one())


def _of_slot(connection: Connection, name: str, batch_id: int, slot: str) -> Block | None:
    query = select(allotment).where(
        allotment.c.counter == name,
        allotment.c.batch_id == batch_id,
        allotment.c.slot == slot,
        allotment.c.replaced.is_(False),
    )
    found = connection.execute(query).first()
    return _block(found) if found else None


def _block(row: Any) -> Block:
    named = row._mapping  # noqa: SLF001 - public API of SQLAlchemy's rows, whatever its name
    return Block(named["counter"], named["number"], named["count"], named["slot"], named["used"])


def _at(block: Block) -> Sequence[Any]:
    return (allotment.c.counter == block.counter, allotment.c.number == block.first)


def _set(connection: Connection, block: Block, **values: Any) -> None:
    connection.execute(update(allotment).where(*_at(block)).values(**values))


def _set_next(connection: Connection, name: str, following: int) -> None:
    connection.execute(update(counter).where(counter.c.name == name).values(next=following))


def _audit(connection: Connection, owner: Any, gap: Block, why: str) -> None:
    actor = Actor(run_id=owner.run_id, dag_id=owner.dag_id)
    event = Event(GAP, str(gap), rows=gap.count, detail=f"batch {owner.id}: {why}", batch_id=owner.id)
    audit.record(connection, lanes.by_id(connection, owner.lane_id), actor, event)
