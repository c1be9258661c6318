"""What must not be seen in any message: passwords, and tokens as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable

# Hiding shorter ones would hide everything.
_SHORTEST = 4


class Secrets:
    """The secrets of one connection.

    Args:
        known: those that it begins with.
        mask: told of every further one.
        forms: how else a secret may be written in an answer, such as escaped.
    """

    def __init__(
        self,
        known: Iterable[str],
        mask: Callable[[str], None] | None = None,
        forms: Iterable[Callable[[str], str]] = (),
    ) -> None:
        self._known = set(known)
        self._mask = mask
        self._forms = tuple(forms)

    def guard(self, secret: str) -> None:
        """Keep a further secret, such as a session's id, out of every message."""
        if secret not in self._known:
            self._known.add(secret)
            if self._mask is not None:
                self._mask(secret)

    def scrubbed(self, text: str) -> str:
        """The text without anything secret."""
        for secret in sorted(self._known, key=len, reverse=True):
            # Blanks around it may be lost on the way.
            bare = secret.strip()
            if len(bare) >= _SHORTEST:
                for shown in (bare, *(form(bare) for form in self._forms)):
                    text = text.replace(shown, "***")
        return text
