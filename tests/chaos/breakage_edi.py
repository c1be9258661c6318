"""Rules of EDI broken on purpose, as `breakage` breaks those of the engine."""

from __future__ import annotations

from typing import Any

from airflow_provider_mlconnector.engine import acknowledging, answers, control_numbers, rejections
from airflow_provider_mlconnector.formats.edi.render import ControlNumbers
from airflow_provider_mlconnector.ledger import interchanges, numbers, received
from airflow_provider_mlconnector.pipeline import interchange


def numbers_again() -> None:
    """Every file's numbers begin with 1."""
    module: Any = interchange
    real = module.render_edi

    def render(*given: Any, **more: Any) -> Any:
        again = [ControlNumbers(1, 1, 1) if isinstance(each, ControlNumbers) else each for each in given]
        return real(*again, **more)

    module.render_edi = render


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
