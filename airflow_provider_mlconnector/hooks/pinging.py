"""What a ping finds, and what Airflow's "Test" button shows of it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from airflow_provider_mlconnector.errors import MlconnectorError


class Report(Protocol):
    """What a ping found; as text, one sentence for people."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What needs somebody's attention soon."""


class Pingable(Protocol):
    """A hook that can be pinged."""

    def ping(self) -> Report:
        """Sign on and look around."""


@dataclass(frozen=True)
class PingReport:
    """What a ping found.

    Attributes:
        found: what answered, by name, such as company, user and version.
        seconds: how long it took.
        warnings: what needs somebody's attention soon, such as passwords to be changed.
    """

    found: dict[str, str]
    seconds: float
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One sentence for people."""
        found = ", ".join(f"{name} {value}" for name, value in self.found.items())
        return f"Connected in {self.seconds:.1f} s: {found}."


def tested(opened: AbstractContextManager[Pingable]) -> tuple[bool, str]:
    """Ping a hook: whether it worked, and what was found; never raises and shows no secret.

    Args:
        opened: gives the hook, and closes it afterwards.
    """
    try:
        with opened as hook:
            report = hook.ping()
    except MlconnectorError as error:
        return False, str(error)
    except Exception as error:  # noqa: BLE001 - a text is wanted, whatever happens; it could hold a secret
        return False, f"The test failed unexpectedly ({type(error).__name__}); the log of a task says more."
    return True, " ".join([str(report), *report.warnings])
