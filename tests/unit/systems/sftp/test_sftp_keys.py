from __future__ import annotations

import asyncssh
import pytest

from airflow_provider_mlconnector.errors import ConfigurationError, CredentialsError
from airflow_provider_mlconnector.systems.sftp.keys import load_private_key

KINDS = ("ssh-ed25519", "ecdsa-sha2-nistp384", "ssh-rsa")
KEYS = {kind: asyncssh.generate_private_key(kind) for kind in KINDS}
ENCRYPTED = KEYS["ssh-ed25519"].export_private_key("openssh", "new secret", rounds=50).decode()


def blob(kind: str) -> bytes:
    return KEYS[kind].public_data


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["openssh", "pkcs8-pem"])
@pytest.mark.parametrize("passphrase", [None, "secret"])
def test_every_common_form_opens(kind: str, form: str, passphrase: str | None) -> None:
    text = KEYS[kind].export_private_key(form, passphrase).decode()
    opened = load_private_key(text, (passphrase,) if passphrase else (), "the key")
    assert opened.asbytes() == blob(kind)
    assert opened.can_sign()


def test_pkcs1_and_windows_line_ends() -> None:
    text = KEYS["ssh-rsa"].export_private_key("pkcs1-pem").decode().replace("\n", "\r\n")
    assert load_private_key(text, (), "the key").asbytes() == blob("ssh-rsa")


def test_an_unused_passphrase_does_no_harm() -> None:
    text = KEYS["ssh-rsa"].export_private_key("pkcs8-pem").decode()
    assert load_private_key(text, ("unused",), "the key").asbytes() == blob("ssh-rsa")


def test_the_second_passphrase_opens_while_the_first_is_out_of_date() -> None:
    assert load_private_key(ENCRYPTED, ("old secret", "new secret"), "the key").asbytes() == blob("ssh-ed25519")


@pytest.mark.parametrize("passphrases", [(), ("wrong one",), ("wrong one", "wrong two")])
@pytest.mark.parametrize("form", ["openssh", "pkcs8-pem"])
def test_no_passphrase_fits(passphrases: tuple[str, ...], form: str) -> None:
    text = KEYS["ssh-ed25519"].export_private_key(form, "right").decode()
    with pytest.raises(CredentialsError, match="passphrase") as caught:
        load_private_key(text, passphrases, "The extra private_key")
    assert "wrong" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "text",
    [
        "no key", "", KEYS["ssh-rsa"].export_public_key("openssh").decode(), ENCRYPTED[:120],
        "PuTTY-User-Key-File-3: ssh-ed25519\n", asyncssh.generate_private_key("ssh-dss").export_private_key().decode(),
    ],
    ids=["words", "empty", "public", "cut", "putty", "dss"],
)  # fmt: skip
def test_what_is_no_usable_key_is_a_configuration_error(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_private_key(text, (), "The extra private_key")
    assert text.strip() == "" or text.strip()[-20:] not in str(caught.value)
