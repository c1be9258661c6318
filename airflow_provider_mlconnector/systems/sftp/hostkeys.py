"""Pinned SSH host keys: read from what people declare, compared with what a server presents.

A pin is kept as the SHA-256 fingerprint of the key's wire form (RFC 4253, 6.6; the form that `ssh-keygen -l` prints),
whatever way it was written down: a public key line, a bare base64 key, or the fingerprint itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from airflow_provider_mlconnector.errors import ConfigurationError

ALGORITHMS = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"),
}
"""Key type to the signature algorithms that it can be negotiated under (RFC 8332 for RSA)."""

_FINGERPRINT = re.compile(r"SHA256:([A-Za-z0-9+/]{43})=?")


@dataclass(frozen=True)
class PinnedKey:
    """One host key that a server may present.

    Args:
        fingerprint: `SHA256:` and the unpadded base64 of the key's hash.
        key_type: the key's type; empty where only a fingerprint was declared.
    """

    fingerprint: str
    key_type: str = ""

    def __str__(self) -> str:
        """As people compare it: type and fingerprint."""
        return f"{self.key_type} {self.fingerprint}".strip()


def fingerprint(blob: bytes) -> str:
    """The SHA-256 fingerprint of a public key's wire form, as `ssh-keygen -l` prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")


def parse(declared: str | Sequence[str]) -> tuple[PinnedKey, ...]:
    """Read pinned keys.

    Args:
        declared: one or several keys, as text (one a line, or separated by commas) or as a list. Each is a public key
            line, a `known_hosts` line, a bare base64 key (how the official provider writes an RSA key), or a
            `SHA256:` fingerprint.

    Raises:
        ConfigurationError: one of them is none of these.
    """
    texts = [declared] if isinstance(declared, str) else list(declared)
    lines = [line.strip() for text in texts for line in re.split(r"[\n,]", str(text))]
    pins = [_pin(line) for line in lines if line and not line.startswith("#")]
    return tuple(dict.fromkeys(pins))


def key_types(pins: Iterable[PinnedKey]) -> tuple[str, ...]:
    """The key types worth asking a server for: all of them where a pin does not tell its type (or there is no pin)."""
    types = {pin.key_type for pin in pins}
    if not types or "" in types:
        return tuple(ALGORITHMS)
    return tuple(name for name in ALGORITHMS if name in types)


def _pin(line: str) -> PinnedKey:
    found = _FINGERPRINT.search(line)
    if found:
        return PinnedKey(f"SHA256:{found.group(1)}")
    words = line.split()
    for index, word in enumerate(words):
        if word in ALGORITHMS:
            if index + 1 == len(words):
                raise ConfigurationError(f"host_key: {word} without the key that belongs to it.")
            return _from_blob(words[index + 1], word)
    if len(words) == 1:
        return _from_blob(words[0], "")
    raise ConfigurationError(
        f"host_key: {line[:60]!r} is neither a public key of a supported type ({', '.join(ALGORITHMS)}) "
        "nor a SHA256: fingerprint."
    )


def _from_blob(text: str, declared_type: str) -> PinnedKey:
    try:
        blob = base64.b64decode(text, validate=True)
        length = int.from_bytes(blob[:4], "big")
        own_type = blob[4 : 4 + length].decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        own_type = ""
    if own_type not in ALGORITHMS or (declared_type and own_type != declared_type):
        wanted = declared_type or "supported"
        raise ConfigurationError(
            f"host_key: {text[:24]!r} is not a whole public key of a {wanted} type.",
            "Ask the partner for the line of the server's public key file, or for its SHA256 fingerprint.",
        )
    return PinnedKey(fingerprint(blob), own_type)
