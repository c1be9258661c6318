"""Rules of EDI broken on purpose, as `breakage` breaks those of the engine."""

from __future__ import annotations

from typing import Any

from airflow_provider_mlconnector.engine import acknowledging, answers, control_numbers, failure_points, rejections
from airflow_provider_mlconnector.formats.edi.render import ControlNumbers
from airflow_provider_mlconnector.ledger import batches, bulk, interchanges, numbers, received
from airflow_provider_mlconnector.ledger.schema import counter
from airflow_provider_mlconnector.pipeline import interchange
from airflow_provider_mlconnector.systems.intacct.deletions import AuditTrail


def numbers_again() -> None:
    """Every file's numbers begin with 1."""
    module: Any = interchange
    real = module.render_edi

    def render(*given: Any, **more: Any) -> Any:
        again = [ControlNumbers(1, 1, 1) if isinstance(each, ControlNumbers) else each for each in given]
        return real(*again, **more)

    module.render_edi = render


def counted_by_lane() -> None:
    """Lanes to the same partner have counters of their own."""

    def apart(real: Any) -> Any:
        def counted(connection: Any, name: str, batch_id: int, *given: Any) -> Any:
            batch: Any = batches.get(connection, batch_id)
            return real(connection, name if batch.lane_id == 1 else f"{name}:{batch.lane_id}", batch_id, *given)

        return counted

    module: Any = numbers
    module.allot_block, module.give_back = apart(module.allot_block), apart(module.give_back)


def numbers_unlocked() -> None:
    """A counter is read without a lock, and something may come in between."""
    module: Any = numbers

    def unlocked(connection: Any, name: str) -> int:
        following = numbers.peek(connection, name)
        bulk.insert_once(connection, counter, name=name, next=following)
        failure_points.reach("number_read")
        return following

    module._lock = unlocked


def deletions_untold() -> None:
    """What the audit trail says of deleted records is not read."""
    AuditTrail.deletions = lambda *_: ([], "")  # type: ignore[method-assign]


def gaps_untold() -> None:
    """Numbers that never left are not audited."""
    numbers._audit = lambda *_: None
    control_numbers._record = lambda *_: None


def rejections_ignored() -> None:
    """What is rejected becomes no exception."""
    rejections.set_aside = lambda *_: rejections.Rejected()


def last_stands() -> None:
    """A later answer takes the place of an earlier one."""
    answers.change = lambda *_: answers.Change.NEW


def states_unkept() -> None:
    """What the partner says of a set is not kept."""
    interchanges.set_states = lambda *_: None


def overdue_untold() -> None:
    """Nobody is told of what is overdue."""
    acknowledging._tell_overdue = lambda *_: None


def files_forgotten() -> None:
    """Acknowledgments that were read are read again."""
    real = received.add

    def add(*given: Any) -> bool:
        real(*given)
        return True

    received.add = add  # type: ignore[assignment]
    received.known = lambda *_: {}
