from __future__ import annotations

from datetime import date

import pytest

from airflow_provider_mlconnector.connection_forms import connection_type
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.systems.syspro.config import SysproConfig, from_fields
from airflow_provider_mlconnector.systems.syspro.fields import KeyRule


def made(**extra: object) -> SysproConfig:
    return from_fields("https://erp.example.com", "OP", "op-secret", "EDU1", 30001, extra)


@pytest.mark.parametrize(
    ("host", "port", "base"),
    [
        ("erp.example.com", None, "https://erp.example.com"),
        ("erp.example.com", 30001, "https://erp.example.com:30001"),
        ("http://erp:20003/", 443, "http://erp:20003"),
        ("https://gate.example.com/erp/", None, "https://gate.example.com/erp"),
    ],
)
def test_host_and_port_become_a_base_url(host: str, port: int | None, base: str) -> None:
    config = from_fields(host, "OP", "p", "EDU1", port, {})
    assert config.base_url == base
    assert config.enet_url("Logon") == f"{base}/SYSPROWCFService/Rest/Logon"
    assert config.odata_url("ApInvoice") == f"{base}/SYSPRO8Odata/SYSPROOData/EDU1/ApInvoice"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("odata_auth", "digest"),
        ("page_size", 0),
        ("page_size", 5001),
        ("page_size", "many"),
        ("verify_tls", "perhaps"),
        ("connect_timeout", -1),
        ("read_timeout", "soon"),
        ("time_zone", "Mars/Olympus"),
        ("rotate_by", "31.12.2026"),
        ("key_rules", '{"Supplier": {"wide": 7}}'),
        ("key_rules", "no json"),
        ("session_error_patterns", ["(unclosed"]),
        ("odata_url_template", "{base}/{table"),
        ("odata_url_template", "{base}/{tables}"),
        ("odata_base_url", "ftp://files.example.com"),
        ("http_method", "PUT"),
        ("read_attempts", 0),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(field: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=field):
        made(**{field: value})


def test_what_is_not_on_the_list_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="proxy_command"):
        made(proxy_command="rm")


@pytest.mark.parametrize(
    ("host", "login", "schema", "named"),
    [("", "OP", "C", "host"), ("h", "", "C", "login"), ("h", "OP", None, "schema")],
)
def test_a_missing_field_is_named(host: str, login: str, schema: str | None, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        from_fields(host, login, "p", schema, None, {})


def test_no_secret_is_shown() -> None:
    config = made(company_password="co-secret", odata_password="od-secret")
    assert config.secrets() == {"op-secret", "co-secret", "od-secret"}
    shown = repr(config) + str(config)
    assert not any(secret in shown for secret in config.secrets())
    with pytest.raises(ConfigurationError) as caught:
        made(company_password=4711)
    assert "4711" not in str(caught.value)


def test_forms_and_uris_give_texts_for_everything() -> None:
    config = made(
        verify_tls="false", page_size="200", rotate_by="2026-12-31",
        key_rules='{"Supplier": {"width": "7"}, "Grn": 15}',
        session_error_patterns="gone\n", connect_timeout="2.5", ca_bundle="", gl_company=None,
    )  # fmt: skip
    assert (config.verify_tls, config.page_size, config.connect_timeout) == (False, 200, 2.5)
    assert config.rotate_by == date(2026, 12, 31)
    assert config.key_rules == {"Supplier": KeyRule(7), "Grn": KeyRule(15)}
    assert config.session_error_patterns == ("gone",)


def test_key_rules_pad_numbers_only_where_asked_and_only_once() -> None:
    rule = KeyRule(7)
    assert [rule.padded(key) for key in ("1", " 12", "0000001", "ACME", "")] == [
        "0000001", "0000012", "0000001", "ACME", "",
    ]  # fmt: skip
    assert KeyRule(5, " ", numeric_only=False).padded("A1") == "   A1"


def test_the_form_offers_only_fields_that_are_understood_with_their_real_defaults() -> None:
    config = from_fields("h", "OP", "p", "C", None, {})
    for name, field in connection_type("syspro")["conn-fields"].items():
        default = field["schema"].get("default")
        with_default = from_fields("h", "OP", "p", "C", None, {name: default})
        assert getattr(with_default, name) == getattr(config, name), name
