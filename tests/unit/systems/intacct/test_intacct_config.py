from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from airflow_provider_mlconnector.connection_forms import connection_type
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.systems.intacct.config import ENDPOINT, IntacctConfig, from_fields
from tests.unit.systems.intacct.conftest import SENDER_PASSWORD, USER_PASSWORD, Configure

FIELDS: dict[str, dict[str, Any]] = connection_type("intacct")["conn-fields"]


def test_what_is_left_blank_takes_its_default(configure: Configure) -> None:
    config = configure(entity="", rotate_by=None, transient_patterns=[], page_size="", endpoint_hosts="")
    assert (config.endpoint, config.page_size, config.session_minutes) == (ENDPOINT, 2000, 50)
    assert (config.endpoint_hosts, config.time_zone, config.deletes) == (("intacct.com",), "UTC", "none")


def test_texts_of_forms_and_uris_become_values(configure: Configure) -> None:
    config = configure(
        page_size=" 500 ", verify_tls="false", rotate_by="2026-12-31", transient_patterns="BL0[12], x\nbusy",
        endpoint_hosts="intacct.com, intacct.example", monthly_budget="100000", read_timeout="2.5",
    )  # fmt: skip
    assert (config.page_size, config.verify_tls, config.rotate_by) == (500, False, date(2026, 12, 31))
    assert config.transient_patterns == ("BL0[12], x", "busy")
    assert config.endpoint_hosts == ("intacct.com", "intacct.example")
    assert (config.monthly_budget, config.read_timeout) == (100_000, 2.5)


def test_a_json_list_is_a_list(configure: Configure) -> None:
    assert configure(transient_patterns='["a", "b"]').transient_patterns == ("a", "b")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"sender_id": ""}, "sender_id"),
        ({"sender_password": ""}, "sender_password"),
        ({"login": " "}, "login"),
        ({"password": ""}, "password"),
        ({"schema": ""}, "schema"),
        ({"schema": "console||entity"}, "schema"),
        ({"schema": "a|b|c|d"}, "schema"),
        ({"page_size": 2001}, "page_size"),
        ({"page_size": 0}, "page_size"),
        ({"read_function": "read"}, "read_function"),
        ({"deletes": "always"}, "deletes"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"rotate_by": "soon"}, "rotate_by"),
        ({"transient_patterns": "("}, "transient_patterns"),
        ({"transient_patterns": "[1"}, "transient_patterns"),
        ({"lookback_minutes": 59}, "lookback_minutes"),
        ({"verify_ssl": False}, "verify_ssl"),
        ({"company": "acme"}, "company"),
        ({"endpoint": "https://api.intacct.com"}, "endpoint"),
    ],
)
def test_what_is_wrong_is_named(configure: Configure, wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named) as caught:
        configure(**wrong)
    assert SENDER_PASSWORD not in str(caught.value)
    assert USER_PASSWORD not in str(caught.value)


def test_a_secret_of_the_wrong_type_is_not_shown() -> None:
    with pytest.raises(ConfigurationError, match="sender_password") as caught:
        from_fields("", "u", "p", "c", None, {"sender_id": "s", "sender_password": ["s3cret-4711"]})
    assert "4711" not in str(caught.value) + repr(caught.value) + repr(caught.value.__context__)


def test_repr_holds_no_secret(configure: Configure) -> None:
    config = configure()
    assert config.secrets() == {SENDER_PASSWORD, USER_PASSWORD}
    assert not any(secret in repr(config) + str(config) for secret in config.secrets())


@pytest.mark.parametrize("company", ["acme", "console|acme", "console|acme|100"])
def test_a_console_may_slide_in(configure: Configure, company: str) -> None:
    assert configure(schema=company).company == company


@pytest.mark.parametrize(
    ("host", "endpoint"),
    [
        ("", ENDPOINT),
        ("api.intacct.com", ENDPOINT),
        ("https://api.intacct.com/", ENDPOINT),
        ("https://na12.intacct.com/ia/xml/other", "https://na12.intacct.com/ia/xml/other"),
        ("HTTPS://API.INTACCT.COM", "https://API.INTACCT.COM/ia/xml/xmlgw.phtml"),
    ],
)
def test_an_endpoint_may_be_given_short(configure: Configure, host: str, endpoint: str) -> None:
    assert configure(host).endpoint == endpoint


def test_a_port_goes_into_an_endpoint_without_one(configure: Configure) -> None:
    assert configure("https://api.intacct.com", port=8443).endpoint == "https://api.intacct.com:8443/ia/xml/xmlgw.phtml"


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://api.intacct.com/ia/xml/xmlgw.phtml",
        "https://intacct.com.example.org/x",
        "https://notintacct.com/x",
        "https://user@api.intacct.com/x",
        "https://api.intacct.com@example.org/x",
        "https://api.intacct.com/x?to=example.org",
        "https://api.intacct.com/x#y",
        "https://[::1",
        "https://api.intacct.com:notaport/x",
        "ftp://api.intacct.com/x",
        "//api.intacct.com/x",
        "",
    ],
)
def test_an_endpoint_that_is_not_intacts_gets_no_passwords(configure: Configure, endpoint: str) -> None:
    with pytest.raises(ConfigurationError, match="endpoint"):
        configure().checked_endpoint(endpoint)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_plain_http_is_for_loopback_that_is_allowed(configure: Configure, host: str) -> None:
    url = f"http://{host}:8080/gw"
    assert configure(url, endpoint_hosts=[host.strip("[]")]).endpoint == url
    with pytest.raises(ConfigurationError, match=r"intacct\.com"):
        configure(url)
    with pytest.raises(ConfigurationError, match="https"):
        configure("http://gateway.example/gw", endpoint_hosts=["gateway.example"])


def test_form_and_configuration_know_the_same_fields() -> None:
    assert set(FIELDS) == set(IntacctConfig.model_fields) - {"endpoint", "user", "password", "company"}


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_default_in_the_form_is_the_default_of_the_configuration(configure: Configure, name: str) -> None:
    shown, field = FIELDS[name]["schema"].get("default"), IntacctConfig.model_fields[name]
    if shown is None:
        assert field.is_required() or field.default in ("", None, ())
    else:
        assert getattr(configure(**{name: shown}), name) == field.default


@pytest.mark.parametrize("name", sorted(name for name, field in FIELDS.items() if "minimum" in field["schema"]))
def test_bounds_in_the_form_are_the_bounds_of_the_configuration(configure: Configure, name: str) -> None:
    schema = FIELDS[name]["schema"]
    for bound in (schema["minimum"], schema["maximum"]):
        assert getattr(configure(**{name: bound}), name) == bound
    for beyond in (schema["minimum"] - 1, schema["maximum"] + 1):
        with pytest.raises(ConfigurationError, match=name):
            configure(**{name: beyond})


@pytest.mark.parametrize("name", sorted(name for name, field in FIELDS.items() if "enum" in field["schema"]))
def test_choices_in_the_form_are_taken_by_the_configuration(configure: Configure, name: str) -> None:
    for choice in FIELDS[name]["schema"]["enum"]:
        assert getattr(configure(**{name: choice}), name) == choice


def test_fields_that_hold_secrets_are_shown_as_passwords() -> None:
    hidden = {name for name, field in IntacctConfig.model_fields.items() if not field.repr} - {"password"}
    assert {name for name, field in FIELDS.items() if field["schema"].get("format") == "password"} == hidden


def test_every_field_says_what_it_is() -> None:
    assert all(field["label"] and field["description"].endswith(".") for field in FIELDS.values())
