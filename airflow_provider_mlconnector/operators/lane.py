"""What the operators share: which flow and lane it is, who acts, how errors reach Airflow, and alerts people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException, BaseOperator

from airflow_provider_mlconnector.errors import MlconnectorError

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_mlconnector.configuration import Settings
    from airflow_provider_mlconnector.engine.alerting import Scope
    from airflow_provider_mlconnector.engine.context import LaneContext
    from airflow_provider_mlconnector.ledger.audit import Actor

Notifier = Callable[["Context"], Any]


class FlowOperator(BaseOperator):
    """A task of a flow; base of `LaneOperator`, and of tasks that belong to no lane.

    Args:
        flow: the flow's name. (templated)
        notifiers: Airflow notifiers, called once per alert with the task's context and `alert` in it.
    """

    template_fields: Sequence[str] = ("flow",)

    def __init__(self, *, flow: str, notifiers: Sequence[Notifier], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.flow = flow
        self.notifiers = notifiers

    def execute(self, context: Context) -> Any:
        """Do the task's work; an error that no retry can mend fails the task at once."""
        try:
            return self.work(context)
        except MlconnectorError as error:
            if error.retriable:
                raise
            raise AirflowFailException(f"{type(error).__name__}: {error}") from error

    def work(self, context: Context) -> Any:
        """The task's work."""
        raise NotImplementedError

    def actor(self, context: Context) -> Actor:
        """Who acts: this try of the task."""
        from airflow_provider_mlconnector.ledger.audit import Actor

        ti = context["ti"]
        return Actor(run_key(self.flow, ti.dag_id, ti.run_id), ti.task_id, ti.try_number, ti.dag_id)

    @contextmanager
    def accounted(self, context: Context, scope: Scope) -> Iterator[None]:
        """Work with another system: its failure is audited, and a refused sign-in or unknown host is told of at once.

        Told until the connection works again, or `tell` finds nothing to warn of.
        """
        from airflow_provider_mlconnector.engine import alerting
        from airflow_provider_mlconnector.errors import CredentialsError

        try:
            yield
        except MlconnectorError as error:
            # Whatever fails here must not hide what has failed there.
            with suppress(MlconnectorError):
                alerting.audit_failure(scope, error)
                if isinstance(error, CredentialsError):
                    self.tell(context, scope, [str(error)])
            raise

    def tell(self, context: Context, scope: Scope, warnings: Sequence[str]) -> None:
        """Pass on to the notifiers what nobody has been told of yet, and what the connection warns of.

        A notifier that fails does not fail the task: records go on, and the next task tells it again.
        """
        from airflow_provider_mlconnector.engine import alerting

        alerting.warn(scope, warnings)
        try:
            alerting.tell(scope, lambda alert: self._notify(context, alert))
        except MlconnectorError:
            raise
        except Exception:
            self.log.exception("a notifier failed; the flow's next task tells this alert again")

    def _notify(self, context: Context, alert: str) -> None:
        for notifier in self.notifiers:
            notifier({**context, "alert": alert})  # type: ignore[typeddict-unknown-key]


class LaneOperator(FlowOperator):
    """Base of poll, map, format, deliver and commit.

    A lane is flow + stream + target (+ partition): what one watermark belongs to. All tasks of a lane name the same.

    Args:
        lane_stream: the stream's name. (templated)
        target: the target's name; by default the partner's connection id. (templated)
        flow: the flow's name; by default the DAG's id. Name it yourself if the DAG may be copied. (templated)
        partition: a part of the stream with a watermark of its own, such as a company. (templated)
        notifiers: Airflow notifiers, called once per alert with the task's context and `alert` in it.
    """

    template_fields: Sequence[str] = (*FlowOperator.template_fields, "lane_stream", "partition", "target")

    def __init__(
        self,
        *,
        lane_stream: str,
        target: str,
        flow: str = "{{ dag.dag_id }}",
        partition: str = "",
        notifiers: Sequence[Notifier] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(flow=flow, notifiers=notifiers, **kwargs)
        self.lane_stream = lane_stream
        self.target = target
        self.partition = partition

    def lane_context(self, context: Context, settings: Settings, seen: Sequence[Mapping[str, Any]]) -> LaneContext:
        """The engine's view of this task.

        Args:
            context: Airflow's.
            settings: the section `[mlconnector]`.
            seen: what XComs of this lane's commits and polls say.
        """
        from airflow_provider_mlconnector.engine.context import LaneContext, Seen
        from airflow_provider_mlconnector.hooks.ledger import open_ledger, open_staging
        from airflow_provider_mlconnector.ledger.lanes import LaneName

        name = LaneName(self.flow, self.lane_stream, self.target, self.partition)
        known = tuple(
            Seen(str(xcom["ledger"]), int(xcom["seq"])) for xcom in seen if xcom and xcom.get("lane") == str(name)
        )
        return LaneContext(open_ledger(settings), open_staging(settings), name, self.actor(context), known)


def run_key(flow: str, dag_id: str, run_id: str) -> str:
    """How the ledger calls a run: by its id; with the DAG's before it where that is not the flow's name."""
    return run_id if flow == dag_id else f"{dag_id}/{run_id}"


def run_id_of(flow: str, dag_id: str, key: str) -> str:
    """The run's id in Airflow, of a `run_key`."""
    return key if flow == dag_id else key.removeprefix(f"{dag_id}/")
