"""Poll: read what is new at a source, and stage it as a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseHook

from airflow_provider_mlconnector.operators.lane import LaneOperator, run_id_of

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.engine.context import LaneContext
    from airflow_provider_mlconnector.engine.polling import Backfill, PollRequest
    from airflow_provider_mlconnector.ledger.batches import Batch
    from airflow_provider_mlconnector.streams.declaration import StreamDeclaration
    from airflow_provider_mlconnector.streams.source import StreamSource

_FINISHED = ("success", "failed")


class PollOperator(LaneOperator):
    """Reads a stream's new, late and changed records, and those whose exception is due, and stages them.

    Pushes a reference to the batch, with its window and counts; never records. Cleared, it reads the window of its own
    run again; where sending has begun, it returns the batch that stands.

    Args:
        source_conn_id: connection of the system that is read. (templated)
        stream: the stream's name, among those that the system's hook offers. (templated)
        streams_file: a site's own YAML file of streams. (templated)
        overrides: fields of the stream's declaration to take the place of the declared ones, such as
            `{"via": "enet"}`. (templated)
        mapping: the mapping that the map step uses; records that it refused are retried once it knows them. (templated)
        layout: the layout that the format step uses, likewise. (templated)
        partner: the partner profile that the format step uses, likewise. (templated)
        mapping_parameters: as for the map step. (templated)
        since: start of a window that a person asks for: a date or time in the source's zone. (templated)
        until: its end, included. (templated)
        posts_into: where the post step posts: `target_conn_id`, `kind` and `posting`, as for `DedupAndPostOperator`;
            records that lacked something there are retried once it is there. (templated)
        commit_task_id: the lane's commit task; by default `commit` in the same task group.
    """

    template_fields: Sequence[str] = (
        *LaneOperator.template_fields,
        "source_conn_id",
        "stream",
        "streams_file",
        "overrides",
        "mapping",
        "layout",
        "partner",
        "mapping_parameters",
        "posts_into",
        "since",
        "until",
    )
    ui_color = "#dbeafe"

    def __init__(  # noqa: PLR0913 - each is a field of the form that a DAG author fills in
        self,
        *,
        stream: str,
        source_conn_id: str,
        streams_file: str = "",
        overrides: Mapping[str, Any] | None = None,
        mapping: str = "",
        layout: str = "",
        partner: str = "",
        mapping_parameters: Mapping[str, str] | None = None,
        since: str = "{{ params.get('since') or '' }}",
        until: str = "{{ params.get('until') or '' }}",
        posts_into: Mapping[str, Any] | None = None,
        commit_task_id: str = "",
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("lane_stream", stream)
        super().__init__(**kwargs)
        self.stream = stream
        self.source_conn_id = source_conn_id
        self.streams_file = streams_file
        self.overrides = overrides
        self.mapping = mapping
        self.layout = layout
        self.partner = partner
        self.mapping_parameters = mapping_parameters
        self.since = since
        self.until = until
        self.posts_into = posts_into
        self.commit_task_id = commit_task_id

    def work(self, context: Context) -> dict[str, Any]:
        """Poll, and return the batch's reference."""
        from airflow_provider_mlconnector.configuration import Settings
        from airflow_provider_mlconnector.engine import alerting
        from airflow_provider_mlconnector.engine.polling import poll

        settings, ti = Settings.read(), context["ti"]
        lane = self.lane_context(context, settings, self._seen_before(ti))
        hook: Any = BaseHook.get_hook(self.source_conn_id)
        scope = alerting.of_lane(lane, self.source_conn_id, self.also_told(hook))
        try:
            declaration = self.declaration(hook)
            with (
                self.accounted(context, scope),
                self.source(hook, declaration, lane, settings, ti) as source,
                ExitStack() as opened,
            ):
                gone = self.cause_gone(lambda: self._target_rechecked(opened, ti, settings, lane))
                reference = poll(lane, self._request(context, settings, hook, declaration, source, gone))
        finally:
            hook.close()
        self.tell(context, scope, hook.rotation_warnings())
        return self.pushed(reference.to_json())

    @contextmanager
    def source(
        self, hook: Any, declaration: StreamDeclaration, lane: LaneContext, settings: Settings, ti: Any
    ) -> Iterator[StreamSource]:
        """What is read, signed in where that is needed; closed when the `with` block ends."""
        from airflow_provider_mlconnector.operators.session import session_lease

        lease = session_lease(hook, ti, settings, lane.ledger, declaration)
        session = hook.stored_session(lease) if lease else None
        try:
            yield hook.source(declaration, session)
        finally:
            if session and lease and lease.cipher is None:
                session.close()

    def also_told(self, hook: Any) -> Sequence[str]:  # noqa: ARG002 - for sources that have alerts of their own
        """What the causes of further alerts begin with that this task passes on."""
        return ()

    def offered(self, hook: Any) -> Mapping[str, StreamDeclaration]:
        """The streams that can be read, by name."""
        declarations: Mapping[str, StreamDeclaration] = hook.declarations(self.streams_file)
        return declarations

    def pushed(self, reference: Mapping[str, Any]) -> dict[str, Any]:
        """What goes into XCom."""
        return dict(reference)

    def declaration(self, hook: Any) -> StreamDeclaration:
        """The stream that this task reads, with its overrides.

        Raises:
            ConfigurationError: there is no such stream, or the overrides do not fit.
        """
        return overridden(self.offered(hook), self.stream, self.overrides)

    def _request(
        self,
        context: Context,
        settings: Settings,
        hook: Any,
        declaration: StreamDeclaration,
        source: StreamSource,
        gone: Callable[[str], bool],
    ) -> PollRequest:
        from airflow_provider_mlconnector.engine.polling import PollRequest

        zone = hook.time_zone(declaration)
        return PollRequest(
            declaration=declaration,
            source=source,
            zone=zone,
            run_finished=run_finished(context["ti"], self.flow),
            cause_gone=gone,
            backfill=self._backfill(context, declaration, zone),
            log_every=settings.log_every_seconds,
        )

    def _seen_before(self, ti: Any) -> list[Mapping[str, Any]]:
        """What the lane's last commit pushed; held against the ledger, never believed by itself."""
        group, _, _ = ti.task_id.rpartition(".")
        commit = self.commit_task_id or (f"{group}.commit" if group else "commit")
        # Without map_indexes the answer is a list, in the wrong order, from the third run on.
        pulled = ti.xcom_pull(task_ids=commit, include_prior_dates=True, map_indexes=-1)
        return [pulled] if isinstance(pulled, Mapping) else []

    def cause_gone(self, at_target: Callable[[], Callable[[str], bool]] | None = None) -> Callable[[str], bool]:
        """Whether an exception's cause is gone: what says so is made once, when the first of its kind is looked at.

        Args:
            at_target: makes what looks at the system that is posted into; None leaves those causes as they are.
        """
        known: dict[str, Callable[[str], bool]] = {}
        makers = {"layout": self._layout_rechecked, "posting": at_target or (lambda: lambda _cause: False)}

        def gone(cause: str) -> bool:
            before, _, _ = cause.partition(":")
            kind = before if before in makers else "mapping"
            if kind not in known:
                known[kind] = makers.get(kind, self._mapping_rechecked)()
            return known[kind](cause)

        return gone

    def _target_rechecked(
        self, opened: ExitStack, ti: Any, settings: Settings, lane: LaneContext
    ) -> Callable[[str], bool]:
        from airflow_provider_mlconnector.operators.posting_target import open_target

        into = dict(self.posts_into or {})
        if not into:
            return lambda _cause: False
        hook: Any = BaseHook.get_hook(into["target_conn_id"])
        posting = into.get("posting") or {}
        target = opened.enter_context(open_target(hook, into["kind"], posting, ti, settings, lane.ledger))
        return lambda cause: target.cause_gone(cause.removeprefix("posting:"))

    def _mapping_rechecked(self) -> Callable[[str], bool]:
        from airflow_provider_mlconnector.operators.declared_files import mapper_of

        if not self.mapping:
            return lambda _cause: False
        mapper, _ = mapper_of(self.mapping, self.mapping_parameters or {})
        return mapper.cause_is_gone

    def _layout_rechecked(self) -> Callable[[str], bool]:
        from airflow_provider_mlconnector.operators.declared_files import layout_of
        from airflow_provider_mlconnector.pipeline.formatted import layout_cause

        if not self.layout:
            return lambda _cause: False
        _, _, fingerprint = layout_of(self.layout, self.partner)
        return lambda cause: cause != layout_cause(fingerprint)

    def _backfill(self, context: Context, declaration: StreamDeclaration, zone: str) -> Backfill | None:
        from airflow_provider_mlconnector.engine.polling import Backfill
        from airflow_provider_mlconnector.errors import ConfigurationError
        from airflow_provider_mlconnector.streams.cursor import from_person, from_time

        if declaration.cursor is None:
            return None
        run = context["dag_run"]
        if self.since or self.until:
            since = from_person(self.since, declaration.cursor, end=False) if self.since else ""
            until = from_person(self.until, declaration.cursor, end=True) if self.until else ""
            return Backfill(since, until)
        start, end = run.data_interval_start, run.data_interval_end
        if run.run_type == "backfill" and start and end:
            if start == end:
                raise ConfigurationError(
                    "this backfill's run has an empty data interval: its DAG's timetable gives points in time.",
                    "Use an interval timetable, such as CronDataIntervalTimetable; or trigger with since and until.",
                )
            if declaration.cursor.precision == "rowversion":
                raise ConfigurationError(
                    f"a backfill names days, and {self.stream} is read by numbers.", "Trigger with since and until."
                )
            return Backfill(from_time(start, zone), from_time(end, zone))
        return None


def overridden(
    offered: Mapping[str, StreamDeclaration], stream: str, overrides: Mapping[str, Any] | None
) -> StreamDeclaration:
    """A stream among those that are offered, some of its fields replaced.

    Raises:
        ConfigurationError: there is no such stream, or the overrides do not fit.
    """
    from airflow_provider_mlconnector.errors import ConfigurationError
    from airflow_provider_mlconnector.streams.declaration import StreamDeclaration

    if stream not in offered:
        raise ConfigurationError(
            f"there is no stream '{stream}'; there are {', '.join(sorted(offered))}.",
            "Declare it in a YAML file and name that file as streams_file.",
        )
    if not overrides:
        return offered[stream]
    try:
        merged = {**offered[stream].model_dump(exclude_unset=True), **overrides}
        return StreamDeclaration.model_validate(merged)
    except ValueError as error:
        raise ConfigurationError(f"overrides of stream {stream}: {error}") from None


def run_finished(ti: Any, flow: str) -> Callable[[Batch], bool]:
    """Whether the run of a batch is over, which may be of a copy of this DAG; asked through the task instance."""
    from airflow.sdk.exceptions import AirflowRuntimeError

    def finished(batch: Batch) -> bool:
        try:
            run_id = run_id_of(flow, batch.dag_id, batch.run_id)
            state = ti.get_dagrun_state(dag_id=batch.dag_id, run_id=run_id)
        except AirflowRuntimeError as error:
            # A run that Airflow no longer knows was deleted, and is over. Without an answer it may be going on.
            return (error.error.detail or {}).get("status_code") == HTTPStatus.NOT_FOUND
        return state in _FINISHED

    return finished
