"""The same commands as a program of their own, `mlconnector`: Airflow 3.1 takes no commands from providers."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from airflow_provider_mlconnector.cli import tree
from airflow_provider_mlconnector.cli.command import Command
from airflow_provider_mlconnector.cli.run import runner


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command.

    Args:
        arguments: of the command line; the process's own where None.
    """
    chosen = parser().parse_args(arguments)
    runner(chosen.function)(chosen)


def parser() -> argparse.ArgumentParser:
    """What the command line may say."""
    top = argparse.ArgumentParser(prog=tree.NAME, description=tree.HELP)
    names = top.add_subparsers(metavar="COMMAND", required=True)
    for command in tree.TOP:
        _add(names, command)
    for group in tree.GROUPS:
        below = names.add_parser(group.name, help=group.help).add_subparsers(metavar="COMMAND", required=True)
        for command in group.commands:
            _add(below, command)
    return top


def _add(names: argparse._SubParsersAction[argparse.ArgumentParser], command: Command) -> None:
    added = names.add_parser(command.name, help=command.help, description=command.help)
    for argument in command.arguments:
        added.add_argument(*argument.flags, **argument.how)
    added.set_defaults(function=command.function)
