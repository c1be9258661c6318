"""`preview`: what the next run of a stream would send, on the terminal."""

from __future__ import annotations

import difflib
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_mlconnector.cli.opened import ledger_to_look_at
from airflow_provider_mlconnector.errors import ConfigurationError

if TYPE_CHECKING:
    from airflow_provider_mlconnector.engine.previewing import Previewed
    from airflow_provider_mlconnector.ledger.database import Ledger
    from airflow_provider_mlconnector.ledger.lanes import LaneName
    from airflow_provider_mlconnector.pipeline.previewed import PreviewFiles

_STEPS = ("poll", "map", "format")


def preview(arguments: Namespace) -> Iterator[str]:
    """Read, map and format as the next run would; yield the files. Nothing is sent, nothing is remembered."""
    from airflow_provider_mlconnector.cli.dag_files import dag_of
    from airflow_provider_mlconnector.operators.declared_files import layout_of
    from airflow_provider_mlconnector.pipeline.previewed import encoding_of

    dag = dag_of(arguments.dag_id, arguments.dags_folder)
    tasks = _tasks(dag, arguments.stream)
    name = _lane(dag, tasks["poll"])
    layout, profile, _ = layout_of(tasks["format"].layout, tasks["format"].partner)
    encoding = encoding_of(layout, profile)
    with ledger_to_look_at() as opened, tempfile.TemporaryDirectory(prefix="mlconnector-preview-") as scratch:
        found = _read(opened, name, tasks["poll"], Path(scratch))
        files = _render(opened, name, tasks, found)
        before, called = _last_sent(opened, name) if arguments.diff else (b"", "")
    counts = ", ".join(f"{number} {verdict}" for verdict, number in sorted(found.counts.items())) or "nothing"
    print(f"{name}: {counts}", file=sys.stderr)
    for key, reason in files.refused:
        print(f"would become an exception: {key}: {reason}", file=sys.stderr)
    for file, data in files.files.items():
        print(f"--- {file}", file=sys.stderr)
        text = data.decode(encoding, "replace")
        if arguments.diff:
            older = before.decode(encoding, "replace").splitlines()
            yield from difflib.unified_diff(older, text.splitlines(), called, file, lineterm="")
        else:
            yield text.removesuffix("\n")


def _tasks(dag: Any, stream: str) -> dict[str, Any]:
    found = {step: dag.task_dict.get(f"{stream}.{step}") for step in _STEPS}
    missing = [step for step, task in found.items() if task is None]
    if missing:
        groups = sorted({task.rpartition(".")[0] for task in dag.task_dict if task.endswith(".poll")})
        raise ConfigurationError(f"{dag.dag_id} has no task group {stream} with poll, map and format; it has {groups}")
    return found


def _lane(dag: Any, task: Any) -> LaneName:
    from airflow_provider_mlconnector.ledger.lanes import LaneName

    # Without a run there is nothing to render templates with; the default flow is the DAG's id.
    flow = dag.dag_id if "{{" in task.flow else task.flow
    return LaneName(flow, task.lane_stream, task.target, task.partition)


def _read(opened: Ledger, name: LaneName, task: Any, scratch: Path) -> Previewed:
    from airflow.providers.common.compat.sdk import BaseHook

    from airflow_provider_mlconnector.engine.polling import PollRequest
    from airflow_provider_mlconnector.engine.previewing import preview as look
    from airflow_provider_mlconnector.staging.store import Staging

    hook: Any = BaseHook.get_hook(task.source_conn_id)
    declaration = task.declaration(hook)
    with closing(hook), hook.direct_session() as session:
        request = PollRequest(
            declaration=declaration,
            source=hook.source(declaration, session),
            zone=hook.time_zone(declaration),
            run_finished=lambda _run: True,
            cause_gone=task.cause_gone(),
        )
        return look(opened, name, request, Staging(scratch), lambda text: print(text, file=sys.stderr))


def _render(opened: Ledger, name: LaneName, tasks: dict[str, Any], found: Previewed) -> PreviewFiles:
    from airflow_provider_mlconnector.formats.file_names import FileNaming
    from airflow_provider_mlconnector.ledger import numbers
    from airflow_provider_mlconnector.operators.declared_files import layout_of, mapper_of
    from airflow_provider_mlconnector.pipeline.previewed import render_preview

    step = tasks["format"]
    mapper, _ = mapper_of(tasks["map"].mapping, tasks["map"].mapping_parameters or {})
    layout, profile, _ = layout_of(step.layout, step.partner)
    with opened.read() as connection:
        number = numbers.peek(connection, step.counter or f"file:{name}")
    now = datetime.now(UTC).replace(tzinfo=None)
    period = step.period if step.period and "{{" not in step.period else f"{now:%Y-%m}"
    naming = FileNaming(
        flow=name.flow,
        stream=name.stream,
        date=now,
        sequence=number,
        company=step.company,
        period=period,
        run="preview",
    )
    return render_preview(found, mapper, layout, naming, profile)


def _last_sent(opened: Ledger, name: LaneName) -> tuple[bytes, str]:
    """The last file of the lane that reached the partner; empty where there is none or it has expired."""
    from airflow_provider_mlconnector.cli.opened import lane_context
    from airflow_provider_mlconnector.engine.freezing import output_of
    from airflow_provider_mlconnector.ledger import batches, deliveries, lanes

    with opened.read() as connection:
        lane = lanes.find(connection, name)
        last = deliveries.last_confirmed(connection, lane.id, "") if lane else None
        batch = batches.get(connection, last.batch_id) if last else None
    if lane is None or last is None or batch is None or batch.expired_at is not None:
        return b"", "nothing sent yet"
    context = lane_context(opened, lane.id, "")
    return context.staging.read_bytes(output_of(context, batch).folder, last.staged_name), last.name
