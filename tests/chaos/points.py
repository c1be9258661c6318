"""The failure points of the engine, by the task that reaches them, in the order in which it does."""

from __future__ import annotations

POINTS: dict[str, tuple[str, ...]] = {
    "poll": ("window_fixed", "read", "manifest_written", "staged"),
    "map": ("mapped",),
    "format": ("formatted",),
    # `unmarked` comes three times: between a change of the ledger and its marker, for the freeze, the rename and the
    # confirmation.
    "deliver": ("unmarked", "frozen", "uploaded", "verified", "renaming", "renamed", "accompanied", "confirmed"),
    "commit": ("ledger_committed", "tidied"),
}
EDI_POINTS: dict[str, tuple[str, ...]] = {
    **POINTS,
    "format": ("numbers_allotted", "numbers_returned", "formatted"),
    # `unmarked` where something is rejected.
    "acknowledge": ("acknowledgment_read", "unmarked", "acknowledgments_applied", "acknowledgment_moved"),
}
POSTED_POINTS: dict[str, tuple[str, ...]] = {
    "poll": (
        "files_seen", "file_downloaded", "file_numbered", "file_taken", "file_cleared_away", "copies_expired",
        "window_fixed", "read",
        "manifest_written", "staged",
    ),
    "map": ("mapped",),
    # `unmarked` for the freeze, the intents and what became of them; the last three come where an answer was lost.
    # `renewed`, `sending` and `answered` are the harness' own.
    "post": (
        "unmarked", "frozen", "renewed", "intended", "sending", "answered", "called", "concluded", "settled",
        "looked_up", "buried",
    ),
    "commit": ("ledger_committed", "tidied"),
}  # fmt: skip
