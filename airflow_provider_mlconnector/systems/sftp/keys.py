"""Private keys for the sign-in: PEM text in any common form, encrypted or not, made into what paramiko signs with."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from airflow_provider_mlconnector.errors import ConfigurationError, CredentialsError


def load_private_key(text: str, passphrases: Sequence[str], shown: str) -> paramiko.PKey:
    """Read a private key.

    Args:
        text: the key as PEM text: OpenSSH's own form, PKCS#8, PKCS#1 or SEC1.
        passphrases: tried in order where the key is encrypted; two while one is being rotated.
        shown: how messages call the key (the setting, or the file); never the key itself.

    Raises:
        ConfigurationError: not a private key, or of a kind that SSH servers no longer take.
        CredentialsError: the key is encrypted, and no passphrase opens it.
    """
    data = text.strip().replace("\r\n", "\n").encode("utf-8") + b"\n"
    if data.startswith(b"PuTTY-User-Key-File"):
        raise ConfigurationError(
            f"{shown} is a PuTTY key.", "Export it as an OpenSSH key (puttygen KEY.ppk -O private-openssh)."
        )
    return _for_paramiko(_open(data, passphrases, shown), shown)


def _open(data: bytes, passphrases: Sequence[str], shown: str) -> Any:
    load: Any = load_ssh_private_key if b"BEGIN OPENSSH PRIVATE KEY" in data else load_pem_private_key
    try:
        return load(data, None)
    except TypeError:
        pass  # cryptography's way to say that the key is encrypted
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigurationError(
            f"{shown} is not a private key that can be read.",
            "It begins with '-----BEGIN ... PRIVATE KEY-----' and keeps its line breaks.",
        ) from None
    for passphrase in passphrases:
        try:
            return load(data, passphrase.encode("utf-8"))
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
    tried = f"none of the {len(passphrases)} passphrases given opens it" if passphrases else "no passphrase is given"
    raise CredentialsError(
        f"{shown} is encrypted, and {tried}.",
        "Set private_key_passphrase in the connection's extras (while it is rotated, private_key_passphrases).",
    )


def _for_paramiko(key: Any, shown: str) -> paramiko.PKey:
    kind: type[paramiko.PKey]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        kind = paramiko.Ed25519Key
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        kind = paramiko.ECDSAKey
    elif isinstance(key, rsa.RSAPrivateKey):
        kind = paramiko.RSAKey
    else:
        raise ConfigurationError(f"{shown}: only Ed25519, ECDSA and RSA keys can be used.", "Make a new key.")
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode("ascii")
    try:
        return kind.from_private_key(io.StringIO(plain))
    except (paramiko.SSHException, ValueError):
        problem = f"{shown}: a key of this size or curve can't be used for SSH."
        raise ConfigurationError(problem, "Make a new key.") from None
