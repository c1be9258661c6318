from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from dataclasses import MISSING, fields
from importlib import import_module
from pathlib import Path
from typing import Any

import airflow
import jsonschema
import pytest

from airflow_provider_mlconnector import configuration
from airflow_provider_mlconnector.configuration_options import OPTIONS, SECTION
from airflow_provider_mlconnector.connection_forms import CONNECTION_TYPES, connection_type
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.provider_info import get_provider_info
from airflow_provider_mlconnector.systems.sftp import config as sftp
from airflow_provider_mlconnector.systems.stampli.config import StampliConfig
from airflow_provider_mlconnector.systems.syspro.config import SysproConfig, from_fields

ROOT = Path(__file__).parents[2]
SCHEMAS = Path(airflow.__file__).parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SYSPRO_FIELDS: dict[str, dict[str, Any]] = connection_type("syspro")["conn-fields"]


def _schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SCHEMAS / name).read_text())
    return loaded


def _declared_modules() -> list[str]:
    info = get_provider_info()
    return [
        module
        for kind in ("hooks", "operators", "sensors", "triggers")
        for entry in info[kind]
        for module in entry["python-modules"]
    ]


def _declared_names() -> list[str]:
    info = get_provider_info()
    return [*info["cli"], *info["extra-links"], *(form["hook-class-name"] for form in info["connection-types"])]


def test_info_fits_the_schema_that_airflow_loads_it_by() -> None:
    jsonschema.validate(get_provider_info(), _schema("provider_info.schema.json"))


def test_connection_types_fit_the_stricter_schema_of_airflows_own_providers() -> None:
    strict = _schema("provider.yaml.schema.json")["properties"]["connection-types"]
    jsonschema.validate(get_provider_info()["connection-types"], strict)


def test_package_name_and_version_are_those_of_the_distribution() -> None:
    info = get_provider_info()
    assert info["package-name"] == PROJECT["name"]
    assert info["versions"] == [PROJECT["version"]]


def test_entry_points_lead_to_what_airflow_expects() -> None:
    points = PROJECT["entry-points"]
    provider, plugin = points["apache_airflow_provider"]["provider_info"], points["airflow.plugins"]["mlconnector"]
    assert _resolve(provider.replace(":", ".")) is get_provider_info
    assert _resolve(plugin.replace(":", ".")).name == "mlconnector"
    assert callable(_resolve(PROJECT["scripts"]["mlconnector"].replace(":", ".")))


def test_changing_the_answer_does_not_change_the_next_one() -> None:
    get_provider_info()["connection-types"][0]["conn-fields"].clear()
    get_provider_info()["config"][SECTION]["options"].clear()
    assert get_provider_info()["connection-types"][0]["conn-fields"]
    assert get_provider_info()["config"][SECTION]["options"]


def test_the_python_modules_of_the_package_that_hold_hooks_and_operators_are_declared() -> None:
    package = ROOT / "airflow_provider_mlconnector"
    defining = {
        f"airflow_provider_mlconnector.{path.relative_to(package).with_suffix('').as_posix().replace('/', '.')}"
        for kind in ("hooks", "operators")
        for path in (package / kind).rglob("*.py")
        if _defines_subclass_of(path, ("BaseHook", "BaseOperator", "SFTPHook"))
    }
    # The base class of the others, of no use to a DAG author.
    assert defining - {"airflow_provider_mlconnector.operators.lane"} <= set(_declared_modules())


@pytest.mark.parametrize("module", _declared_modules())
def test_declared_module_imports(module: str) -> None:
    import_module(module)


@pytest.mark.parametrize("name", _declared_names())
def test_declared_name_imports(name: str) -> None:
    assert callable(_resolve(name))


@pytest.mark.parametrize("form", CONNECTION_TYPES, ids=lambda form: form["connection-type"])
def test_hook_class_agrees_with_its_connection_type(form: dict[str, Any]) -> None:
    hook = _resolve(form["hook-class-name"])
    assert (hook.conn_type, hook.hook_name) == (form["connection-type"], form["hook-name"])
    # Airflow 3.1 looks for both in the class itself.
    assert {"get_connection_form_widgets", "get_ui_field_behaviour"} <= set(vars(hook))


def test_importing_the_info_imports_no_airflow() -> None:
    code = (
        "import sys; from airflow_provider_mlconnector.provider_info import get_provider_info; get_provider_info();"
        "print([name for name in sys.modules if name.split('.')[0] == 'airflow'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_form_and_configuration_know_the_same_fields() -> None:
    known = {item.name for item in fields(SysproConfig)}
    standard = {"base_url", "operator", "operator_password", "company"}
    assert set(SYSPRO_FIELDS) == known - standard


@pytest.mark.parametrize("name", sorted(SYSPRO_FIELDS))
def test_default_in_the_form_is_the_default_of_the_configuration(name: str) -> None:
    default = next(item for item in fields(SysproConfig) if item.name == name)
    meant = default.default_factory() if default.default_factory is not MISSING else default.default
    shown = SYSPRO_FIELDS[name]["schema"].get("default")
    if shown is None:
        # A blank field takes the configuration's own default.
        assert getattr(_configured(name, shown), name) == meant
        assert meant in ("", None, {}) or name == "session_error_patterns"
    else:
        assert shown == meant


@pytest.mark.parametrize("name", sorted(name for name, field in SYSPRO_FIELDS.items() if "minimum" in field["schema"]))
def test_bounds_in_the_form_are_the_bounds_of_the_configuration(name: str) -> None:
    schema = SYSPRO_FIELDS[name]["schema"]
    for bound in (schema["minimum"], schema["maximum"]):
        assert getattr(_configured(name, bound), name) == bound
    for beyond in (schema["minimum"] - 1, schema["maximum"] + 1):
        with pytest.raises(ConfigurationError):
            _configured(name, beyond)


@pytest.mark.parametrize("name", sorted(name for name, field in SYSPRO_FIELDS.items() if "enum" in field["schema"]))
def test_choices_in_the_form_are_taken_by_the_configuration(name: str) -> None:
    for choice in SYSPRO_FIELDS[name]["schema"]["enum"]:
        assert getattr(_configured(name, choice), name) == choice
    with pytest.raises(ConfigurationError):
        _configured(name, "something else")


def test_fields_that_hold_secrets_are_shown_as_passwords() -> None:
    hidden = {item.name for item in fields(SysproConfig) if not item.repr} - {"operator_password"}
    shown = {name for name, field in SYSPRO_FIELDS.items() if field["schema"].get("format") == "password"}
    assert shown == hidden


def test_every_field_says_what_it_is() -> None:
    for field in SYSPRO_FIELDS.values():
        assert field["label"]
        assert field["description"].endswith(".")


def test_options_declared_are_the_options_read() -> None:
    source = Path(configuration.__file__).read_text()
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    read = [
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id in {"_text", "_whole"}
        and isinstance(call.args[0], ast.Constant)
    ]
    assert sorted(read) == sorted(OPTIONS)


def test_our_section_is_read_in_one_module_only() -> None:
    package = ROOT / "airflow_provider_mlconnector"
    readers = [path.name for path in package.rglob("*.py") if "sandbox" not in path.parts and _reads_our_section(path)]
    assert readers == ["configuration.py"]


def _configured(name: str, value: Any) -> SysproConfig:
    return from_fields("http://localhost", "ADMIN", "secret", "EDU1", None, {name: value})


def _resolve(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(module), attribute)


def _defines_subclass_of(path: Path, bases: tuple[str, ...]) -> bool:
    classes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)]
    return any(ast.unparse(base).split(".")[-1].split("[")[0] in bases for node in classes for base in node.bases)


def _reads_our_section(path: Path) -> bool:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    asked = [call.args[0] for call in calls if re.fullmatch(r"conf\.(get\w*|has_option)", ast.unparse(call.func))]
    return any(ast.unparse(section) in {"SECTION", repr(SECTION)} for section in asked)


STAMPLI_FIELDS: dict[str, dict[str, Any]] = connection_type("stampli")["conn-fields"]


def test_the_form_of_stampli_has_every_field_of_its_files_and_only_such_of_the_sign_in_as_there_are() -> None:
    own = set(StampliConfig.model_fields)
    assert own <= set(STAMPLI_FIELDS)
    assert set(STAMPLI_FIELDS) - own <= {*sftp._READERS, *sftp._HOST_KEYS, *sftp._PASSPHRASES}


@pytest.mark.parametrize("name", sorted(STAMPLI_FIELDS))
def test_default_in_the_form_of_stampli_is_the_default_of_the_configuration(name: str) -> None:
    shown = STAMPLI_FIELDS[name]["schema"].get("default")
    if name in StampliConfig.model_fields:
        assert (shown if shown is not None else type(getattr(StampliConfig(), name))()) == getattr(
            StampliConfig(), name
        )
    elif shown is not None:
        assert shown == next(item.default for item in fields(sftp.PartnerConfig) if item.name == name)


@pytest.mark.parametrize("name", ["settle_seconds", "max_file_mb"])
def test_bounds_in_the_form_of_stampli_are_those_of_the_configuration(name: str) -> None:
    schema = STAMPLI_FIELDS[name]["schema"]
    for bound in (schema["minimum"], schema["maximum"]):
        assert getattr(StampliConfig.from_fields({name: bound}), name) == bound
    for beyond in (schema["minimum"] - 1, schema["maximum"] + 1):
        with pytest.raises(ConfigurationError):
            StampliConfig.from_fields({name: beyond})
