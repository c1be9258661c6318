"""The commands as Airflow's own command line takes them, from 3.2 on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_mlconnector.cli import tree
from airflow_provider_mlconnector.cli.command import Command
from airflow_provider_mlconnector.cli.run import runner

if TYPE_CHECKING:
    from airflow.cli.cli_config import ActionCommand, CLICommand


def get_cli_commands() -> list[CLICommand]:
    """`airflow mlconnector` and what is below it."""
    from airflow.cli.cli_config import GroupCommand

    groups = [GroupCommand(group.name, group.help, [_action(each) for each in group.commands]) for group in tree.GROUPS]
    return [GroupCommand(tree.NAME, tree.HELP, [*groups, *(_action(each) for each in tree.TOP)])]


def _action(command: Command) -> ActionCommand:
    from airflow.cli.cli_config import ActionCommand, Arg

    make: Any = Arg
    arguments = [make(each.flags, **each.how) for each in command.arguments]
    return ActionCommand(command.name, command.help, runner(command.function), arguments)
