from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig


def config(password: str | None = "pw", **extra: Any) -> PartnerConfig:
    return PartnerConfig.from_fields("sftp.partner.example", None, "acme", password, extra)


def test_defaults() -> None:
    made = config()
    assert (made.port, made.auth_retries, made.auth_retry_pause) == (22, 1, 60.0)
    assert made.pinned == ()
    assert not made.compress


def test_values_from_the_form_arrive_as_text() -> None:
    made = config(conn_timeout="5", compress="true", auth_retries="0", rotate_by="2027-01-31", connect_attempts="2")
    assert (made.conn_timeout, made.compress, made.auth_retries, made.connect_attempts) == (5.0, True, 0, 2)
    assert made.rotate_by == date(2027, 1, 31)


def test_empty_extras_count_as_absent() -> None:
    assert config(conn_timeout="", private_key=None).conn_timeout == config().conn_timeout


@pytest.mark.parametrize("name", ["no_host_key_check", "allow_host_key_change", "ignore_hostkey_verification"])
@pytest.mark.parametrize("value", [True, "true", "1"])
def test_the_host_key_check_cannot_be_turned_off(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=name):
        config(**{name: value})


def test_a_connection_shared_with_the_official_hooks_is_taken() -> None:
    config(no_host_key_check="false", look_for_keys="false", cmd_timeout=10, known_hosts="/etc/ssh/known_hosts")


def test_known_hosts_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="known_hosts"):
        config(known_hosts="none")


def test_an_unknown_extra_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigurationError, match="private_key_passphrase"):
        config(private_key_pasphrase="x")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("conn_timeout", "soon"), ("conn_timeout", 0), ("conn_timeout", "nan"), ("conn_timeout", "inf"),
        ("auth_retries", -1), ("auth_retries", "1.5"), ("connect_attempts", 0), ("compress", "maybe"),
        ("rotate_by", "31.01.2027"), ("disabled_algorithms", "kex"), ("disabled_algorithms", {"kex": 7}),
        ("private_key_passphrases", {"a": "b"}), ("host_key", "ssh-ed25519"),
    ],
)  # fmt: skip
def test_a_wrong_value_names_its_field(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=name if name != "disabled_algorithms" else "disabled_algorithms"):
        config(**{name: value})


@pytest.mark.parametrize("port", [-1, 70000])
def test_a_port_out_of_range_is_refused(port: int) -> None:
    with pytest.raises(ConfigurationError, match="port"):
        PartnerConfig.from_fields("h", port, "acme", "pw", {})


@pytest.mark.parametrize(("host", "login"), [(None, "acme"), ("", "acme"), ("h", None), ("h", "")])
def test_host_and_login_are_needed(host: str | None, login: str | None) -> None:
    with pytest.raises(ConfigurationError, match="login" if host else "host"):
        PartnerConfig.from_fields(host, 22, login, "pw", {})


def test_a_key_or_a_password_is_needed() -> None:
    with pytest.raises(ConfigurationError, match="neither"):
        config(password=None)


def test_one_key_only() -> None:
    with pytest.raises(ConfigurationError, match="both"):
        config(private_key="x", key_file="y")


@pytest.mark.parametrize("several", ["old\nnew", "old, new", ["old", "new"], '["old", "new"]'])
def test_two_passphrases_while_one_is_rotated(several: Any) -> None:
    assert config(private_key_passphrases=several).passphrases == ("old", "new")


def test_the_single_passphrase_is_tried_first_and_taken_as_it_is() -> None:
    made = config(private_key_passphrase="with, comma ", private_key_passphrases=["next", "with, comma "])
    assert made.passphrases == ("with, comma ", "next")


def test_disabled_algorithms_as_json_text_or_mapping() -> None:
    expected = {"kex": ("diffie-hellman-group14-sha256",)}
    assert config(disabled_algorithms='{"kex": ["diffie-hellman-group14-sha256"]}').disabled_algorithms == expected
    assert config(disabled_algorithms={"kex": "diffie-hellman-group14-sha256"}).disabled_algorithms == expected


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2027, 1, 16), ""), (date(2027, 1, 17), "in 14 days"), (date(2027, 1, 31), "today"),
        (date(2027, 2, 2), "2 days ago"),
    ],
)  # fmt: skip
def test_rotation_is_warned_of_ahead(today: date, said: str) -> None:
    warning = config(rotate_by="2027-01-31").rotation_warning(today)
    assert said in warning
    assert bool(warning) == bool(said)


def test_secrets_stay_out_of_the_representation() -> None:
    shown = repr(config("pa55", private_key="K3Y", private_key_passphrase="phra5e"))
    assert not any(secret in shown for secret in ("pa55", "K3Y", "phra5e"))
