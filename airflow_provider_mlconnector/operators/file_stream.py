"""One stream to one partner, as a task group: poll, map, format, deliver, commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import TaskGroup

from airflow_provider_mlconnector.operators.commit import CommitOperator
from airflow_provider_mlconnector.operators.deliver import DeliverOperator
from airflow_provider_mlconnector.operators.format import FormatOperator
from airflow_provider_mlconnector.operators.map import MapOperator
from airflow_provider_mlconnector.operators.poll import PollOperator


def file_stream(  # noqa: PLR0913 - what five tasks share, named once
    stream: str,
    *,
    source_conn_id: str,
    sftp_conn_id: str,
    mapping: str,
    layout: str,
    partner: str = "",
    folder: str = "",
    polled_by: type[PollOperator] = PollOperator,
    group_id: str = "",
    lane: Mapping[str, Any] | None = None,
    mapping_parameters: Mapping[str, str] | None = None,
    poll: Mapping[str, Any] | None = None,
    format: Mapping[str, Any] | None = None,  # noqa: A002 - named as the step is
    deliver: Mapping[str, Any] | None = None,
) -> TaskGroup:
    """Tasks that bring a stream's new records to a partner as files, each version once.

    Args:
        stream: the stream's name.
        source_conn_id: connection of the system that is read.
        sftp_conn_id: connection of the partner's server.
        mapping: a YAML file's path, or `variable:NAME`.
        layout: likewise.
        partner: the trading partner's profile, likewise; for X12 and EDIFACT.
        folder: the partner's inbound folder.
        polled_by: the operator that polls.
        group_id: the task group's id; by default the stream's name.
        lane: `flow`, `partition` and `notifiers`, as for every lane operator.
        mapping_parameters: values that the mapping's rules may name.
        poll: further arguments of `PollOperator`, such as `overrides`.
        format: further arguments of `FormatOperator`, such as `time_zone`.
        deliver: further arguments of `DeliverOperator`, such as `verify` or `entity`.

    Returns:
        The group; its last task is `commit`.
    """
    shared: dict[str, Any] = {"lane_stream": stream, "target": sftp_conn_id, **(lane or {})}
    with TaskGroup(group_id or stream) as group:
        polled = polled_by(
            task_id="poll",
            stream=stream,
            source_conn_id=source_conn_id,
            mapping=mapping,
            layout=layout,
            partner=partner,
            mapping_parameters=mapping_parameters,
            **shared,
            **(poll or {}),
        )
        mapped = MapOperator(
            task_id="map", batch=polled.output, mapping=mapping, mapping_parameters=mapping_parameters, **shared
        )
        formatted = FormatOperator(
            task_id="format",
            batch=polled.output,
            mapped=mapped.output,
            layout=layout,
            partner=partner,
            **shared,
            **(format or {}),
        )
        delivered = DeliverOperator(
            task_id="deliver",
            batch=polled.output,
            output_reference=formatted.output,
            sftp_conn_id=sftp_conn_id,
            folder=folder,
            **shared,
            **(deliver or {}),
        )
        CommitOperator(task_id="commit", batch=polled.output, delivered=delivered.output, **shared)
    return group
