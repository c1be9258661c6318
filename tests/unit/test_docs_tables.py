"""The tables of README and docs name all that there is, nothing else, and say what the code says."""

from __future__ import annotations

import dataclasses
import inspect
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_mlconnector.cli import tree
from airflow_provider_mlconnector.cli.console import parser
from airflow_provider_mlconnector.configuration_options import OPTIONS
from airflow_provider_mlconnector.connection_forms import INTACCT, STAMPLI, SYSPRO
from airflow_provider_mlconnector.declared import Declared
from airflow_provider_mlconnector.engine.committing import Committed
from airflow_provider_mlconnector.hooks.intacct import IntacctHook
from airflow_provider_mlconnector.ledger.schema import metadata
from airflow_provider_mlconnector.operators import (
    acknowledge,
    commit,
    dedup_and_post,
    deliver,
    file_stream,
    lane,
    poll,
    poll_compared,
    poll_files,
    poll_segments,
    reconcile,
    session,
)
from airflow_provider_mlconnector.operators import format as formatting
from airflow_provider_mlconnector.operators import map as mapping
from airflow_provider_mlconnector.sandbox import intacct, syspro
from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox, Settings
from airflow_provider_mlconnector.sandbox.intacct import faults as of_gateway
from airflow_provider_mlconnector.sandbox.sftp import Faults
from airflow_provider_mlconnector.sandbox.stampli import Form, StampliSandbox
from airflow_provider_mlconnector.sandbox.syspro import Settings as SysproSettings
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.sandbox.syspro.faults import FAULTS
from airflow_provider_mlconnector.sensors import stampli_files
from airflow_provider_mlconnector.streams.declaration import Condition, CursorField, Related, StreamDeclaration, Totals
from airflow_provider_mlconnector.systems.intacct.streams import shipped as of_intacct
from airflow_provider_mlconnector.systems.sftp import config as partner
from airflow_provider_mlconnector.systems.syspro.posting.elements import AP_INVOICE, GL_JOURNAL
from airflow_provider_mlconnector.systems.syspro.posting.settings import PaymentTemplate, PostingSettings
from airflow_provider_mlconnector.systems.syspro.streams import shipped
from tests.support.pages import ROOT, page_text, rows, section

OPERATORS = (
    poll.PollOperator,
    poll_files.PollFilesOperator,
    poll_compared.PollComparedOperator,
    poll_segments.PollSegmentsOperator,
    stampli_files.StampliFilesSensor,
    mapping.MapOperator,
    formatting.FormatOperator,
    deliver.DeliverOperator,
    dedup_and_post.DedupAndPostOperator,
    reconcile.ReconcileOperator,
    commit.CommitOperator,
    acknowledge.AcknowledgeOperator,
    session.SysproLogoffOperator,
    lane.LaneOperator,
    IntacctHook,
)


def test_every_table_of_the_ledger_is_explained() -> None:
    table = page_text("running.md").split("| table | what it answers |")[1].split("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", table)) == set(metadata.tables)


def test_every_fault_and_event_of_the_sandbox_is_documented() -> None:
    page = page_text("sandbox.md")
    assert {name: cells[0] for name, cells in rows(section(page, "Faults of SYSPRO")).items()} == FAULTS
    assert set(rows(section(page, "Faults of SFTP"))) == {field.name for field in dataclasses.fields(Faults)}
    kinds = page.split("Kinds of events: ")[1].split(".\n")[0]
    with SysproSandbox(scale=5) as sandbox:
        assert set(re.findall(r"`(\w+)`", kinds)) == set(sandbox.server.events._kinds)


def test_what_can_be_posted_into_syspro_is_documented() -> None:
    posting = section(page_text("sandbox.md"), "Posting into SYSPRO")
    defaults = {field.name: field.default for field in dataclasses.fields(SysproSettings)}
    documented = rows(posting.split("settings choose")[1])
    assert {name: cells[1] for name, cells in documented.items()} == {
        name: f"`{defaults[name]}`" for name in documented
    }
    with SysproSandbox(scale=5) as syspro:
        codes = {code for operation, code in syspro.server.enet.objects if not operation.startswith("query/")}
    assert set(re.findall(r"^\| ([A-Z]{6}) ", posting, re.MULTILINE)) == codes


@pytest.mark.parametrize(("model", "heading"), [(PostingSettings, "Settings"), (PaymentTemplate, "Payments")])
def test_every_setting_of_a_posting_is_explained(model: type[Declared], heading: str) -> None:
    documented = rows(section(page_text("posting.md"), heading))
    assert list(documented) == list(model.model_fields)
    for name, field in model.model_fields.items():
        default = "needed" if field.is_required() else field.get_default(call_default_factory=True)
        if name == "key":
            default = "`, `".join(default) or "by kind"
        nothing = "blank" if isinstance(default, str) else "none"
        said = str(default) if default or isinstance(default, bool) else nothing
        assert documented[name][-1].strip("`") == said, name


def test_every_parameter_of_a_posting_is_named_with_its_default() -> None:
    page = section(page_text("posting.md"), "Settings")
    for layout in (AP_INVOICE, GL_JOURNAL):
        (line,) = re.findall(rf"^\| {layout.schema} \| (.*) \|$", page, re.MULTILINE)
        told = dict(re.findall(r"`(\w+)` ([^,]+)", line))
        assert told == {name: value or "blank" for name, value in layout.parameters.items()}


def test_the_intacct_sandbox_is_documented() -> None:
    page = page_text("sandbox.md")
    faults = rows(section(page, "Faults of Intacct"))
    assert {name: " | ".join(cells) for name, cells in faults.items()} == of_gateway.FAULTS
    below = section(page, "Intacct from Python")
    settings = rows(below.partition("`admin` is a client")[0])
    assert set(settings) == {field.name for field in dataclasses.fields(Settings)}
    for field in dataclasses.fields(Settings):
        if isinstance(field.default, bool | int | float) or field.default:
            assert settings[field.name][-1] == f"`{field.default}`" or field.default is dataclasses.MISSING, field.name
    kinds = below.split("Events of Intacct: ")[1].split(".\n")[0]
    with IntacctSandbox(scale=5) as sandbox:
        assert set(re.findall(r"`(\w+)`", kinds)) == set(sandbox.server.events.kinds())


def test_the_stampli_sandbox_is_documented(tmp_path: Path) -> None:
    below = section(page_text("sandbox.md"), "Stampli from Python")
    kinds = below.split("Events of Stampli: ")[1].split(".\n")[0]
    assert set(re.findall(r"`(\w+)`", kinds)) == set(StampliSandbox(tmp_path).kinds())
    documented = rows(below.partition("What a file looks like")[2])
    assert set(documented) == {field.name for field in dataclasses.fields(Form)}
    for field in dataclasses.fields(Form):
        shown = repr(field.default).strip("'") if field.default not in ((), dataclasses.MISSING) else "none"
        assert documented[field.name][-1].strip("`") == shown, field.name


@pytest.mark.parametrize(
    ("heading", "client"), [("SYSPRO from Python", syspro.AdminClient), ("Intacct from Python", intacct.AdminClient)]
)
def test_every_call_of_an_admin_client_is_documented(heading: str, client: type[Any]) -> None:
    calls = {name for name in dir(client) if not name.startswith("_")}
    assert calls - set(re.findall(r"`(\w+)", section(page_text("sandbox.md"), heading))) == set()


def test_every_option_of_the_readme_is_one() -> None:
    documented = rows(section((ROOT / "README.md").read_text(encoding="utf-8"), "Install into an existing Airflow"))
    assert set(documented) == set(OPTIONS)
    for name, option in OPTIONS.items():
        assert not option["default"] or documented[name][-1] == option["default"], name


@pytest.mark.parametrize(("heading", "form"), [("SYSPRO", SYSPRO), ("Sage Intacct", INTACCT), ("Stampli", STAMPLI)])
def test_every_field_of_a_connection_is_documented_with_its_default(heading: str, form: dict[str, Any]) -> None:
    documented = rows(section(page_text("connections.md"), heading))
    fields = form["conn-fields"]
    assert set(documented) == set(fields)
    for name, field in fields.items():
        default = field["schema"]["default"]
        shown = "blank" if default is None else f"`{', '.join(default) if isinstance(default, list) else default}`"
        assert documented[name] == [field["label"], field["description"], shown]


@pytest.mark.parametrize(
    ("heading", "form"), [("Connect SYSPRO", SYSPRO), ("Connect Sage Intacct", INTACCT), ("Connect Stampli", STAMPLI)]
)
def test_the_readme_names_fields_as_the_form_does(heading: str, form: dict[str, Any]) -> None:
    below = section((ROOT / "README.md").read_text(encoding="utf-8"), heading)
    labels = {field["label"].partition(" (")[0] for field in form["conn-fields"].values()}
    labels |= {*form["ui-field-behaviour"]["relabeling"].values(), "Port", "Password"}
    named = [label for cells in re.findall(r"^\| ([A-Z][^|]*) \|", below, re.MULTILINE) for label in cells.split(", ")]
    assert len(named) > 10
    assert {label for label in named if label.partition(" (")[0] not in labels} == set()


def test_every_extra_of_a_partner_is_documented_with_its_default() -> None:
    page = section(page_text("connections.md"), "SFTP partners")
    documented = rows(page)
    names = {*partner._READERS, *partner._HOST_KEYS, *partner._PASSPHRASES}
    assert set(documented) == names - {"passphrase"}
    others = {"passphrase", *partner.OFFICIAL_ONLY, *partner.TURNS_CHECK_OFF}
    assert {name for name in others if f"`{name}`" not in page} == set()
    for field in dataclasses.fields(partner.PartnerConfig):
        if field.name in documented and isinstance(field.default, int | float):
            shown = "false" if field.default is False else f"{field.default:g}"
            assert documented[field.name][-1] == shown, field.name


@pytest.mark.parametrize(("heading", "streams"), [("SYSPRO", shipped()), ("Sage Intacct", of_intacct())])
def test_every_shipped_stream_is_documented_as_it_is(heading: str, streams: Mapping[str, StreamDeclaration]) -> None:
    documented = rows(section(page_text("streams.md"), heading).partition("\n### ")[0])
    assert set(documented) == set(streams)
    for name, stream in streams.items():
        tables, key, changes, on_change = documented[name][:4]
        joined = [each.table for each in (stream.extension, stream.lines) if each]
        assert tables == " + ".join([stream.table, *joined]), name
        assert key == ", ".join(stream.key), name
        way = f"`{stream.detect}`: "
        assert changes == way + (_back(stream.cursor) if stream.cursor else "whole table"), name
        assert on_change == f"`{stream.on_change}`", name


def _back(cursor: CursorField) -> str:
    days = cursor.lookback.days
    return f"`{cursor.column}`, {days} day{'s' if days > 1 else ''} back"


def test_every_field_of_a_stream_is_documented() -> None:
    page = section(page_text("streams.md"), "Declaring one")
    models = (StreamDeclaration, CursorField, Condition, Related, Totals)
    assert {name for model in models for name in model.model_fields if f"`{name}`" not in page} == set()


def test_every_command_is_documented_with_its_arguments() -> None:
    every = [("", command) for command in tree.TOP]
    every += [(f"{group.name} ", command) for group in tree.GROUPS for command in group.commands]
    documented = {}
    for usage, meaning in re.findall(r"^\| `([a-z].*?)` \| (.*) \|$", page_text("cli.md"), re.MULTILINE):
        words = re.findall(r"[^\s\[\]]+", usage)
        named = [word for word in words if word.isalpha() and word.islower()]
        flags = {word.rpartition("/")[2] for word in words if word.startswith("-")}
        positional = [word.lower() for word in words if word.isupper() or "_" in word]
        documented[" ".join(named)] = (meaning, flags, positional)
    assert set(documented) == {f"{group}{command.name}" for group, command in every}
    for group, command in every:
        names = [argument.flags[-1] for argument in command.arguments]
        flags = {name for name in names if name.startswith("-")}
        positional = [name for name in names if not name.startswith("-")]
        assert documented[f"{group}{command.name}"] == (command.help, flags, positional)


def test_every_command_has_an_example() -> None:
    every = {command.function for command in tree.TOP}
    every |= {command.function for group in tree.GROUPS for command in group.commands}
    shown = re.findall(r"^\$ airflow mlconnector (.*)$", page_text("cli.md"), re.MULTILINE)
    assert {parser().parse_args(shlex.split(command)).function for command in shown} == every


@pytest.mark.parametrize("operator", [*OPERATORS, file_stream.file_stream], ids=lambda each: each.__name__)
def test_every_argument_of_an_operator_is_documented(operator: Any) -> None:
    documented = rows(section(page_text("operators.md"), operator.__name__))
    made = operator.__init__ if inspect.isclass(operator) else operator
    arguments = dict(inspect.signature(made).parameters)
    assert set(documented) == set(arguments) - {"self", "kwargs", "trigger_rule"}
    templated = set(getattr(operator, "template_fields", ()))
    for name, (*meaning, default) in documented.items():
        assert ("(templated)" in " | ".join(meaning)) == (name in templated), name
        declared = arguments[name].default
        shown = "required" if declared is inspect.Parameter.empty else f"`{getattr(declared, '__name__', declared)}`"
        assert default == ("none" if declared in (None, "", ()) else shown), name


def test_what_a_commit_pushes_is_documented() -> None:
    pushes = section(page_text("operators.md"), "CommitOperator").split("Pushes ")[1].split("(")[0]
    assert set(re.findall(r"`(\w+)`", pushes)) == {field.name for field in dataclasses.fields(Committed)}
