"""How much is asked of a server at a time."""

from __future__ import annotations

CHUNK = 32_768
"""Bytes of one read or write request: what every server must take (draft-ietf-secsh-filexfer-02, section 3)."""

LARGEST_CHUNK = 261_120
"""As many where the server says that it takes them: OpenSSH's limit, and what its own client then asks for."""

UNDER_WAY = 64
"""Requests that may wait for their answer at a time, as in OpenSSH's own client."""

IN_FLIGHT = 4_194_304
"""Bytes that may wait for their answer at a time."""

OVERHEAD = 1024
"""Bytes of a packet that are not data, generously."""


def largest_request(packet: int, read: int, write: int) -> int:
    """Bytes of one read or write request, by what the server tells (limits@openssh.com: OpenSSH PROTOCOL, 4.8).

    Args:
        packet: its longest packet; 0 where it tells none.
        read: its longest answer to a read, likewise.
        write: its longest write, likewise.
    """
    within = (read or CHUNK, write or CHUNK, packet - OVERHEAD if packet else LARGEST_CHUNK, LARGEST_CHUNK)
    return max(CHUNK, min(within))
