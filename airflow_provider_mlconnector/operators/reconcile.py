"""Reconcile: what Stampli has approved and not paid against what is open in SYSPRO, by supplier."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseHook

from airflow_provider_mlconnector.operators.lane import LaneOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.engine.context import LaneContext
    from airflow_provider_mlconnector.pipeline.reconciled import Reconciled
    from airflow_provider_mlconnector.streams.declaration import StreamDeclaration

_SHOWN = 5


class ReconcileOperator(LaneOperator):
    """Compares what the files that were taken in say is approved with what SYSPRO's accounts payable have open.

    Writes two CSV files, one of sums by supplier and currency, one of the invoices that differ, with what the ledger
    knows of each; alerts when something differs that nobody has been told of, until nothing does. Reads both sides and
    changes neither. A difference is no error: an invoice that was approved this minute is one until it is posted.

    Args:
        stream: what the files hold. (templated)
        source_conn_id: connection of the type `stampli`; what was taken in over it counts, no new file. (templated)
        target_conn_id: connection of the type `syspro`. (templated)
        mapping: the mapping that the invoices are posted with: a YAML file's path, or `variable:NAME`. (templated)
        mapping_parameters: values that the mapping's rules may name. (templated)
        template: what the files look like, as for `PollFilesOperator`. (templated)
        overrides: fields of SYSPRO's streams `ap_invoices` and `suppliers` to take the place of the declared ones,
            such as `{"via": "enet"}`. (templated)
        folder: a folder or URL of Airflow's object storage, in which the files go below `reconciliations`; by default
            the staging path. They are not removed again. (templated)
        file_name: what their names begin with; the same again takes their place. (templated)
    """

    template_fields: Sequence[str] = (
        *LaneOperator.template_fields,
        "stream",
        "source_conn_id",
        "target_conn_id",
        "mapping",
        "mapping_parameters",
        "template",
        "overrides",
        "folder",
        "file_name",
    )
    ui_color = "#fef9c3"

    def __init__(  # noqa: PLR0913 - one argument for each thing that sites differ in
        self,
        *,
        source_conn_id: str,
        target_conn_id: str,
        mapping: str,
        stream: str = "invoices",
        mapping_parameters: Mapping[str, str] | None = None,
        template: str = "",
        overrides: Mapping[str, Any] | None = None,
        folder: str = "",
        file_name: str = "{{ run_id }}",
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("lane_stream", stream)
        kwargs.setdefault("target", target_conn_id)
        super().__init__(**kwargs)
        self.stream = stream
        self.source_conn_id = source_conn_id
        self.target_conn_id = target_conn_id
        self.mapping = mapping
        self.mapping_parameters = mapping_parameters
        self.template = template
        self.overrides = overrides
        self.folder = folder
        self.file_name = file_name

    def work(self, context: Context) -> dict[str, Any]:
        """Compare, write the files, and return counts and their names."""
        from airflow_provider_mlconnector.configuration import Settings
        from airflow_provider_mlconnector.engine import alerting
        from airflow_provider_mlconnector.operators.session import session_lease
        from airflow_provider_mlconnector.pipeline.reconciled import write

        settings = Settings.read()
        lane = self.lane_context(context, settings, [])
        scope = alerting.of_lane(lane, self.target_conn_id, (self._cause(lane),))
        hook: Any = BaseHook.get_hook(self.target_conn_id)
        with closing(hook), self.accounted(context, scope):
            lease = session_lease(hook, context["ti"], settings, lane.ledger, self.declarations(hook)[0])
            with _stored(hook, lease) as session:
                done = self.reconciled(lane, hook, session)
            warnings = hook.rotation_warnings()
        files = write(done, self.place(settings, self.folder), safe_name(self.file_name))
        self._report(lane, done, files)
        self.tell(context, scope, warnings)
        return {"lane": str(lane.name), "agrees": done.agrees, "counts": done.counts(), "files": files}

    def declarations(self, hook: Any) -> tuple[StreamDeclaration, StreamDeclaration]:
        """SYSPRO's streams of invoices and suppliers, narrowed to what is compared."""
        from airflow_provider_mlconnector.pipeline.open_payables import narrowed

        offered = hook.declarations()
        changes = dict(self.overrides or {})
        invoices = narrowed(offered["ap_invoices"]).model_copy(update=changes)
        columns = {name: offered["suppliers"].columns[name] for name in ("Supplier", "Currency")}
        suppliers = offered["suppliers"].model_copy(update={"columns": columns, "extension": None, **changes})
        return invoices, suppliers

    def reconciled(self, lane: LaneContext, hook: Any, session: Any) -> Reconciled:
        """Read both sides and compare them; nothing is changed.

        Args:
            lane: whose ledger, staging and postings are looked at.
            hook: of SYSPRO's connection.
            session: where one is needed.
        """
        from airflow_provider_mlconnector.engine import whereabouts
        from airflow_provider_mlconnector.operators.declared_files import mapper_of
        from airflow_provider_mlconnector.pipeline import approved, open_payables
        from airflow_provider_mlconnector.pipeline.reconciled import Memory, reconcile
        from airflow_provider_mlconnector.systems.syspro.posting.target import company_name

        config = hook.config()
        invoices, suppliers = self.declarations(hook)
        payables = open_payables.read(hook.source(invoices, session), config.key_rules)
        source, declaration = self._files(lane)
        mapper, _ = mapper_of(self.mapping, self.mapping_parameters or {})
        memory = Memory(
            lambda keys: whereabouts.of_records(lane.ledger, lane.name, keys),
            lambda keys: whereabouts.of_documents(lane.ledger, company_name(config), keys),
            lambda codes: open_payables.currencies(hook.source(suppliers, session), codes),
        )
        return reconcile(approved.listed(source, declaration, mapper, config.key_rules), payables, memory)

    def place(self, settings: Settings, folder: str) -> Any:
        """Where the files go."""
        from airflow_provider_mlconnector.hooks.ledger import open_place

        return open_place(folder or settings.staging_path)

    def _files(self, lane: LaneContext) -> tuple[Any, StreamDeclaration]:
        """The files that were taken in, as a stream."""
        from airflow_provider_mlconnector.operators.declared_files import template_of
        from airflow_provider_mlconnector.pipeline.parsed_copy import ParsedCopies
        from airflow_provider_mlconnector.pipeline.received_source import ReceivedSource
        from airflow_provider_mlconnector.pipeline.received_stream import stream_of
        from airflow_provider_mlconnector.pipeline.stampli_files import intake_of

        hook: Any = BaseHook.get_hook(self.source_conn_id)
        config = hook.config()
        template = template_of(self.template or self.stream)
        declaration = stream_of(template, config.time_zone)
        place = intake_of(self.source_conn_id, config, self.stream).place

        def refused(unit: Sequence[Any], why: str) -> None:
            self.log.warning("%s is left out, because it can't be read: %s", unit[0].name, why)

        return ReceivedSource(
            lane.ledger, place, ParsedCopies(lane.staging, template, refused), declaration
        ), declaration

    def _report(self, lane: LaneContext, done: Reconciled, files: Sequence[str]) -> None:
        from airflow_provider_mlconnector.ledger import alerts, audit, lanes
        from airflow_provider_mlconnector.ledger.audit import Event

        prefix, shown = self._cause(lane), ", ".join(f"{number} {what}" for what, number in done.counts().items())
        self.log.info("%s: %s", lane.name, shown)
        for row in done.differences():
            self.log.info(
                "supplier %(supplier)s, invoice %(invoice)s: %(what)s: %(approved)s approved, %(open)s open "
                "%(currency)s; %(says)s",
                row,
            )
        cause = f"{prefix}{done.digest}"
        with lane.ledger.write() as connection:
            alerts.resolve_others(connection, prefix, [] if done.agrees else [cause])
            if not done.agrees:
                alerts.raise_once(connection, cause, self._message(lane, done, files))
            known = lanes.find(connection, lane.name)
            outcome = "ok" if done.agrees else "differs"
            told = Event("reconciled", str(lane.name), outcome, self.target_conn_id, len(done.explained), detail=shown)
            audit.record(connection, known, lane.actor, told)

    def _message(self, lane: LaneContext, done: Reconciled, files: Sequence[str]) -> str:
        rows = done.differences()
        named = "; ".join(
            f"{row['supplier']} {row['invoice']}: {row['what']}, {row['difference']} {row['currency']}".rstrip()
            for row in rows[:_SHOWN]
        )
        more = f"; and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        unread = f"; {done.unread} rows of SYSPRO could not be read" if done.unread else ""
        return f"{lane.name}: {len(rows)} invoices differ: {named}{more}{unread}. See {', '.join(files)}"

    def _cause(self, lane: LaneContext) -> str:
        return f"reconciliation:{lane.name}:"


def safe_name(named: str) -> str:
    """A run's id as a file's name begins."""
    return re.sub(r"[^A-Za-z0-9_.+-]+", "-", named).strip(".-") or "reconciliation"


@contextmanager
def _stored(hook: Any, lease: Any) -> Iterator[Any]:
    """The session that a run's tasks share, where one is needed."""
    session = hook.stored_session(lease) if lease else None
    try:
        yield session
    finally:
        if session and lease.cipher is None:
            session.close()
