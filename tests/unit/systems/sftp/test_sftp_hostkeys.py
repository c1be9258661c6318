from __future__ import annotations

import base64

import asyncssh
import pytest

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.systems.sftp.hostkeys import ALGORITHMS, PinnedKey, key_types, parse

KEYS = {kind: asyncssh.generate_private_key(kind) for kind in ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa")}


def line(kind: str) -> str:
    return " ".join(KEYS[kind].export_public_key("openssh").decode().split()[:2])


def pin(kind: str) -> PinnedKey:
    # asyncssh computes the fingerprint on its own
    return PinnedKey(KEYS[kind].get_fingerprint("sha256"), kind)


@pytest.mark.parametrize("kind", KEYS)
def test_a_public_key_line(kind: str) -> None:
    assert parse(line(kind)) == (pin(kind),)
    assert parse(f"  {line(kind)} somebody@somewhere\n") == (pin(kind),)


def test_a_known_hosts_line() -> None:
    assert parse(f"[sftp.partner.example]:2222 {line('ssh-ed25519')}") == (pin("ssh-ed25519"),)


def test_a_bare_key_as_the_official_provider_takes_it() -> None:
    assert parse(line("ssh-rsa").split()[1]) == (pin("ssh-rsa"),)


@pytest.mark.parametrize("form", ["{}", "{}=", "256 {} comment (ED25519)"])
def test_a_fingerprint(form: str) -> None:
    shown = pin("ssh-ed25519").fingerprint
    assert parse(form.format(shown)) == (PinnedKey(shown),)


def test_several_in_one_text_or_list() -> None:
    expected = (pin("ssh-ed25519"), pin("ssh-rsa"))
    assert parse(f"# old\n{line('ssh-ed25519')}\n\n{line('ssh-rsa')}\n") == expected
    assert parse(f"{line('ssh-ed25519')},{line('ssh-rsa')}") == expected
    assert parse([line("ssh-ed25519"), line("ssh-rsa"), line("ssh-rsa")]) == expected


def test_nothing_is_no_pin() -> None:
    assert parse("") == parse([]) == parse(" \n") == ()


@pytest.mark.parametrize(
    "wrong",
    [
        "ssh-ed25519",
        "ssh-ed25519 !!!!",
        "ssh-dss AAAAB3NzaC1kc3MAAACBAO",
        "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
        "not a key",
        base64.b64encode(b"\0\0\0\x07ssh-dss").decode(),
        "ssh-rsa " + line("ssh-ed25519").split()[1],
        "AAAA",
    ],
    ids=["type", "no_base64", "dss", "md5", "words", "bare_dss", "another_type", "too_short"],
)
def test_what_is_no_key_is_refused(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="host_key"):
        parse(wrong)


def test_only_pinned_types_are_asked_for() -> None:
    assert key_types([pin("ssh-rsa")]) == ("ssh-rsa",)
    assert key_types([pin("ssh-rsa"), pin("ssh-ed25519")]) == ("ssh-ed25519", "ssh-rsa")
    assert key_types([pin("ssh-rsa"), PinnedKey("SHA256:x")]) == tuple(ALGORITHMS)
    assert key_types([]) == tuple(ALGORITHMS)
