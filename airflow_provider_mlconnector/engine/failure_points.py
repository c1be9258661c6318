"""Named points at which a test may kill the process: where two outside effects lie side by side.

Production never arms them; an unarmed point costs one look at an empty variable.
"""

from __future__ import annotations

from collections.abc import Callable

_armed: Callable[[str], None] | None = None


def arm(action: Callable[[str], None] | None) -> None:
    """Have `action` called with the name of every point that is reached; None disarms."""
    global _armed  # noqa: PLW0603 - one process, one task
    _armed = action


def reach(name: str) -> None:
    """This point is reached."""
    if _armed is not None:
        _armed(name)
