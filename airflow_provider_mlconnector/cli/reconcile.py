"""`reconcile`: what is approved and not paid against what is open in SYSPRO, on the terminal or as files."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Any

from airflow_provider_mlconnector.cli.opened import ledger
from airflow_provider_mlconnector.cli.output import Lines, listing
from airflow_provider_mlconnector.errors import ConfigurationError

if TYPE_CHECKING:
    from airflow_provider_mlconnector.operators.reconcile import ReconcileOperator
    from airflow_provider_mlconnector.pipeline.reconciled import Reconciled


def reconcile(arguments: Namespace) -> Lines:
    """Compare both sides as the DAG's task does; the invoices that differ, or the sums. Nothing is remembered."""
    from airflow_provider_mlconnector.cli.dag_files import dag_of
    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.pipeline.reconciled import write

    dag = dag_of(arguments.dag_id, arguments.dags_folder)
    task = _task(dag, arguments.task)
    done = _compared(dag, task)
    if arguments.to:
        for file in write(done, task.place(Settings.read(), arguments.to), dag.dag_id):
            print(f"written: {file} below {arguments.to}", file=sys.stderr)
    print(", ".join(f"{number} {what}" for what, number in done.counts().items()), file=sys.stderr)
    rows = done.accounts() if arguments.suppliers else done.differences()
    wanted = [row for row in rows if arguments.supplier in ("", row["supplier"])]
    return listing([_shown(row) for row in wanted], arguments.output)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if name in ("approved", "open", "difference") else value for name, value in row.items()}


def _task(dag: Any, named: str) -> ReconcileOperator:
    found = [task for task in _reconciling(dag) if named in ("", task.task_id)]
    if len(found) != 1:
        every = ", ".join(task.task_id for task in _reconciling(dag)) or "none"
        raise ConfigurationError(
            f"{dag.dag_id} has these tasks that reconcile: {every}.", "Name the DAG that has one, or say --task."
        )
    return found[0]


def _reconciling(dag: Any) -> Iterator[ReconcileOperator]:
    from airflow_provider_mlconnector.operators.reconcile import ReconcileOperator

    return (task for task in dag.task_dict.values() if isinstance(task, ReconcileOperator))


def _compared(dag: Any, task: ReconcileOperator) -> Reconciled:
    from airflow.providers.common.compat.sdk import BaseHook

    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.engine.context import LaneContext
    from airflow_provider_mlconnector.hooks.ledger import open_staging
    from airflow_provider_mlconnector.ledger.audit import Actor
    from airflow_provider_mlconnector.ledger.lanes import LaneName

    # Without a run there is nothing to render templates with; the default flow is the DAG's id.
    flow = dag.dag_id if "{{" in task.flow else task.flow
    name = LaneName(flow, task.lane_stream, task.target, task.partition)
    lane = LaneContext(ledger(), open_staging(Settings.read()), name, Actor())
    hook: Any = BaseHook.get_hook(task.target_conn_id)
    with closing(hook):
        needs = bool(hook.session_resource(task.declarations(hook)[0]))
        with hook.direct_session() if needs else nullcontext() as session:
            return task.reconciled(lane, hook, session)
