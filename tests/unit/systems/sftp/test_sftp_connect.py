from __future__ import annotations

import random
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from airflow_provider_mlconnector.errors import ConfigurationError, CredentialsError, TransientError
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
from airflow_provider_mlconnector.systems.sftp.connect import connect

Configured = Callable[..., PartnerConfig]


def sign_ins(sandbox: SftpSandbox) -> list[str]:
    return [done.action for done in sandbox.operations if done.action.startswith("sign_in")]


def signs_in(config: PartnerConfig, sleep: Callable[[float], None]) -> bool:
    session = connect(config, sleep=sleep)
    session.close()
    return True


def test_a_password_signs_in(configured: Configured, sandbox: SftpSandbox, pauses: Any) -> None:
    assert signs_in(configured(), pauses)
    assert sign_ins(sandbox) == ["sign_in"]
    assert pauses == []


def test_a_key_signs_in_and_the_password_stays_at_home(
    configured: Configured, sandbox: SftpSandbox, pauses: Any, tmp_path: Path
) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    sandbox.authorized_keys["acme"] = key.export_public_key().decode()
    text = key.export_private_key("openssh", "new phrase", rounds=50).decode()
    (tmp_path / "id").write_text(text)
    assert signs_in(configured(private_key=text, private_key_passphrases=["old phrase", "new phrase"]), pauses)
    assert signs_in(configured(password=None, key_file=str(tmp_path / "id"), passphrase="new phrase"), pauses)
    assert {done.detail for done in sandbox.operations if done.action == "sign_in"} == {"key"}


def test_a_wrong_passphrase_is_found_before_anything_is_dialed(configured: Configured, sandbox: SftpSandbox) -> None:
    text = asyncssh.generate_private_key("ssh-ed25519").export_private_key("openssh", "right", rounds=50).decode()
    with pytest.raises(CredentialsError, match="passphrase"):
        connect(configured(private_key=text, private_key_passphrase="wrong"))
    assert sandbox.operations == []


def test_a_key_file_that_is_not_there(configured: Configured, sandbox: SftpSandbox, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="key_file"):
        connect(configured(key_file=str(tmp_path / "none")))
    assert sandbox.operations == []


def test_a_refused_connection_is_retried_with_growing_jittered_pauses(
    configured: Configured, sandbox: SftpSandbox, pauses: Any
) -> None:
    sandbox.misbehave(refuse_connections=True)
    seen = set()
    for seed in range(20):
        random.seed(seed)
        pauses.clear()
        with pytest.raises(TransientError, match="refused"):
            connect(configured(connect_attempts=6, backoff=1, backoff_cap=4), sleep=pauses)
        assert len(pauses) == 5
        assert all(0 <= pause <= bound for pause, bound in zip(pauses, [1, 2, 4, 4, 4], strict=True))
        seen.update(pauses)
    # full jitter: anywhere between nothing and the bound
    assert len(seen) == 100
    assert min(seen) < 0.2
    assert max(seen) > 3.5


def test_a_server_that_comes_back_is_reached(configured: Configured, sandbox: SftpSandbox) -> None:
    sandbox.misbehave(refuse_connections=True)
    pauses: list[float] = []

    def wait(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            sandbox.behave()

    assert signs_in(configured(), wait)
    assert len(pauses) == 2


def test_a_server_that_takes_connections_and_never_answers(
    configured: Configured, sandbox: SftpSandbox, pauses: Any
) -> None:
    sandbox.misbehave(never_answer=True)
    with pytest.raises(TransientError, match="did not greet"):
        connect(configured(banner_timeout=0.2, connect_attempts=2), sleep=pauses)
    assert len(pauses) == 1
    assert [done.action for done in sandbox.operations] == ["connect", "connect"]


def test_a_server_whose_queue_nobody_serves(pauses: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = PartnerConfig.from_fields(
            "127.0.0.1", listener.getsockname()[1], "acme", "x", {"connect_attempts": 1, "banner_timeout": 0.2}
        )
        with pytest.raises(TransientError):
            connect(config, sleep=pauses)


def test_no_sftp_answer_after_the_sign_in(configured: Configured, sandbox: SftpSandbox, pauses: Any) -> None:
    sandbox.misbehave(stall_on="session")
    with pytest.raises(TransientError, match="no SFTP session"):
        connect(configured(operation_timeout=0.3), sleep=pauses)


def test_no_answer_to_the_sign_in(configured: Configured, sandbox: SftpSandbox, pauses: Any) -> None:
    sandbox.misbehave(stall_on="sign_in")
    with pytest.raises(TransientError, match="sign-in"):
        connect(configured(auth_timeout=0.2), sleep=pauses)
    assert pauses == [60.0]


def test_no_cipher_in_common_is_told_at_once(configured: Configured, pauses: Any) -> None:
    with pytest.raises(ConfigurationError, match="in common"):
        connect(configured(ciphers="3des-cbc"), sleep=pauses)
    with pytest.raises(ConfigurationError, match="rot13"):
        connect(configured(ciphers="rot13"), sleep=pauses)
    assert pauses == []


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_a_refused_sign_in_is_tried_once_more_after_a_long_pause_and_then_no_more(
    configured: Configured, sandbox: SftpSandbox, pauses: Any, retries: int
) -> None:
    extra = {} if retries == 1 else {"auth_retries": retries}
    with pytest.raises(CredentialsError, match="refused the sign-in by password"):
        connect(configured(password="wrong", **extra), sleep=pauses)
    assert sign_ins(sandbox) == ["sign_in_refused"] * (1 + retries)
    assert pauses == [60.0] * retries


def test_a_wrong_key_is_tried_once_more_and_never_followed_by_the_password(
    configured: Configured, sandbox: SftpSandbox, pauses: Any
) -> None:
    wrong = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    with pytest.raises(CredentialsError, match="by key"):
        connect(configured(private_key=wrong, auth_retry_pause=90), sleep=pauses)
    assert pauses == [90.0]
    assert {done.detail for done in sandbox.operations if done.action.startswith("sign_in")} == {"key"}


def test_a_sign_in_refused_for_a_moment_works_the_second_time(configured: Configured, sandbox: SftpSandbox) -> None:
    sandbox.misbehave(reject_auth=True)
    assert signs_in(configured(), lambda _: sandbox.behave())
    assert sign_ins(sandbox) == ["sign_in_refused", "sign_in"]


def test_a_line_cut_at_the_sign_in_counts_as_a_refusal(
    configured: Configured, sandbox: SftpSandbox, pauses: Any
) -> None:
    sandbox.misbehave(cut_on_auth=True)
    with pytest.raises(CredentialsError):
        connect(configured(connect_attempts=5), sleep=pauses)
    assert len(sign_ins(sandbox)) == 2
    assert pauses == [60.0]


def test_the_server_is_away_at_the_second_sign_in(configured: Configured, sandbox: SftpSandbox) -> None:
    sandbox.misbehave(reject_auth=True)
    pauses: list[float] = []

    def wait(seconds: float) -> None:
        pauses.append(seconds)
        sandbox.misbehave(refuse_connections=True)

    with pytest.raises(TransientError):
        connect(configured(connect_attempts=3), sleep=wait)
    assert len(sign_ins(sandbox)) == 1
    assert len(pauses) == 3


def test_a_changed_host_key_stops_before_the_sign_in(configured: Configured, sandbox: SftpSandbox, pauses: Any) -> None:
    config, old = configured(), sandbox.fingerprint
    sandbox.rotate_host_key()
    with pytest.raises(CredentialsError) as caught:
        connect(config, sleep=pauses)
    assert sandbox.fingerprint in str(caught.value)
    assert old in str(caught.value)
    assert sign_ins(sandbox) == []
    assert pauses == []


def test_a_key_of_another_type_is_shown_too(configured: Configured, sandbox: SftpSandbox, pauses: Any) -> None:
    config = configured()
    sandbox.rotate_host_key("ecdsa-sha2-nistp256")
    with pytest.raises(CredentialsError) as caught:
        connect(config, sleep=pauses)
    assert f"ecdsa-sha2-nistp256 {sandbox.fingerprint}" in str(caught.value)
    assert sign_ins(sandbox) == []


@pytest.mark.parametrize("following", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_the_next_key_is_pinned_ahead_of_its_rotation(
    configured: Configured, sandbox: SftpSandbox, pauses: Any, following: str
) -> None:
    now = sandbox.host_key
    after = asyncssh.generate_private_key(following)
    config = configured(host_key=[now, after.export_public_key().decode()])
    assert signs_in(config, pauses)
    sandbox._key = after
    assert signs_in(config, pauses)


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_a_fingerprint_pins_as_well_as_a_key(
    configured: Configured, sandbox: SftpSandbox, pauses: Any, kind: str
) -> None:
    sandbox.rotate_host_key(kind)
    assert signs_in(configured(host_key=sandbox.fingerprint), pauses)
    assert signs_in(configured(host_key="", host_keys=sandbox.host_key.split()[1]), pauses)


def test_without_a_pinned_key_nobody_signs_in_and_the_fingerprint_is_shown(
    configured: Configured, sandbox: SftpSandbox, pauses: Any
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        connect(configured(host_key=""), sleep=pauses)
    assert sandbox.fingerprint in str(caught.value)
    assert sign_ins(sandbox) == []
