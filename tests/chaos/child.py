"""One try of one task in a process of its own: armed, run as Airflow's task runner runs it, and ended."""

from __future__ import annotations

import importlib
import json
import os
import signal
import traceback
from collections import Counter
from typing import Any

from airflow.sdk.bases.operator import ExecutorSafeguard
from airflow.sdk.exceptions import AirflowFailException
from sqlalchemy.engine.default import DefaultDialect

from airflow_provider_mlconnector.engine import failure_points
from airflow_provider_mlconnector.errors import MlconnectorError
from tests.chaos import breakage
from tests.chaos.order import EXECUTED, PUSHED, STARTED, Hurt, Order
from tests.chaos.stand_in import context_of

_SIGNALS = {"kill": signal.SIGKILL, "pause": signal.SIGSTOP}


def run(order: Order) -> None:
    """Run a try; its result goes to a file, and the process is left to end."""
    os.environ.update(order.environment)
    reached: Counter[str] = Counter()
    _arm(order.hurt, reached)
    if order.broken:
        breakage.BREAKAGES[order.broken]()
    try:
        _execute(order)
    except Exception as error:  # noqa: BLE001 - whatever it is, the harness judges it
        answer = _failure(error)
    else:
        answer = {"state": "success"}
    answer["reached"] = dict(reached)
    order.result.parent.mkdir(parents=True, exist_ok=True)
    order.result.write_text(json.dumps(answer))


def _execute(order: Order) -> None:
    module, _, function = order.dag.partition(":")
    dag = getattr(importlib.import_module(module), function)(order.dag_id, **order.dag_arguments)
    task = next(each for each in dag.tasks if each.task_id.rpartition(".")[2] == order.task)
    context: Any = context_of(order, dag, task)
    task.render_template_fields(context)
    failure_points.reach(STARTED)
    # As the task runner does: outside of it an operator refuses to be executed.
    ExecutorSafeguard.tracker.set(task)
    result = task.execute(context)
    failure_points.reach(EXECUTED)
    if result is not None:
        context["ti"].xcom_push("return_value", result)
    failure_points.reach(PUSHED)


def _arm(hurt: Hurt | None, reached: Counter[str]) -> None:
    def at(point: str) -> None:
        reached[point] += 1
        if hurt and hurt.how in _SIGNALS and (point, reached[point]) == (hurt.where, hurt.nth):
            os.kill(os.getpid(), _SIGNALS[hurt.how])

    failure_points.arm(at)
    if hurt and hurt.how == "drop":
        _drop_at_commit(hurt)


def _drop_at_commit(hurt: Hurt) -> None:
    """The ledger's connection is lost at the nth COMMIT of this process: before it is done, or after."""
    commits: Counter[str] = Counter()
    real: Any = DefaultDialect.do_commit

    def lost(self: DefaultDialect, connection: Any) -> None:
        commits["all"] += 1
        hit = commits["all"] == hurt.nth
        if not hit or hurt.where == "after":
            real(self, connection)
        if hit:
            driver: Any = self.dbapi
            raise driver.OperationalError("server closed the connection unexpectedly")

    DefaultDialect.do_commit = lost  # type: ignore[method-assign]


def _failure(error: Exception) -> dict[str, Any]:
    final = isinstance(error, AirflowFailException)
    cause = error.__cause__ if final and error.__cause__ else error
    expected = isinstance(cause, MlconnectorError)
    return {
        "state": "failed",
        "error": str(cause) if expected else "".join(traceback.format_exception(cause)[-3:]),
        "kind": type(cause).__name__ if expected else "unexpected",
        "retriable": not final,
    }
