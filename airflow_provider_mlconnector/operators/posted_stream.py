"""One stream into one system, as a task group: poll, map, post, commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import TaskGroup

from airflow_provider_mlconnector.operators.commit import CommitOperator
from airflow_provider_mlconnector.operators.dedup_and_post import DedupAndPostOperator
from airflow_provider_mlconnector.operators.map import MapOperator
from airflow_provider_mlconnector.operators.poll import PollOperator


def posted_stream(  # noqa: PLR0913 - what four tasks share, named once
    stream: str,
    *,
    source_conn_id: str,
    target_conn_id: str,
    kind: str,
    mapping: str,
    posting: Mapping[str, Any] | None = None,
    polled_by: type[PollOperator] = PollOperator,
    group_id: str = "",
    lane: Mapping[str, Any] | None = None,
    mapping_parameters: Mapping[str, str] | None = None,
    poll: Mapping[str, Any] | None = None,
    post: Mapping[str, Any] | None = None,
    commit: Mapping[str, Any] | None = None,
) -> TaskGroup:
    """Tasks that bring a stream's new records into a system, each once.

    Args:
        stream: the stream's name.
        source_conn_id: connection of the system that is read.
        target_conn_id: connection of the system that is posted into.
        kind: of document, as that system's hook names it.
        mapping: a YAML file's path, or `variable:NAME`; its fields are the target's elements.
        posting: the site's decisions about the postings.
        polled_by: the operator that polls; `PollFilesOperator` for files that come in.
        group_id: the task group's id; by default the stream's name.
        lane: `flow`, `partition` and `notifiers`, as for every lane operator.
        mapping_parameters: values that the mapping's rules may name.
        poll: further arguments of the poll operator.
        post: further arguments of `DedupAndPostOperator`, such as `per_call`.
        commit: further arguments of `CommitOperator`, such as `outlets`.

    Returns:
        The group; its last task is `commit`.
    """
    shared: dict[str, Any] = {"lane_stream": stream, "target": target_conn_id, **(lane or {})}
    with TaskGroup(group_id or stream) as group:
        polled = polled_by(
            task_id="poll",
            stream=stream,
            source_conn_id=source_conn_id,
            mapping=mapping,
            mapping_parameters=mapping_parameters,
            posts_into={"target_conn_id": target_conn_id, "kind": kind, "posting": posting},
            **shared,
            **(poll or {}),
        )
        mapped = MapOperator(
            task_id="map", batch=polled.output, mapping=mapping, mapping_parameters=mapping_parameters, **shared
        )
        posted = DedupAndPostOperator(
            task_id="post",
            batch=polled.output,
            mapped=mapped.output,
            target_conn_id=target_conn_id,
            kind=kind,
            posting=posting,
            **shared,
            **(post or {}),
        )
        CommitOperator(task_id="commit", batch=polled.output, delivered=posted.output, **shared, **(commit or {}))
    return group
