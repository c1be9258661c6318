"""Acknowledge: read what partners say of the EDI files that were sent."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException, BaseOperator

from airflow_provider_mlconnector.errors import CredentialsError, MlconnectorError
from airflow_provider_mlconnector.operators.lane import Notifier, run_key

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_mlconnector.engine.acknowledging import Post
    from airflow_provider_mlconnector.engine.applying import Desk


class AcknowledgeOperator(BaseOperator):
    """Reads 997, 999, TA1 and CONTRL from a partner's folder, each file once, and says what became of what was sent.

    Rejected sets become exceptions of their lane; what is overdue is told once. A file that can't be read is told of,
    and stays where it is.

    Args:
        sftp_conn_id: connection of the official type `sftp`, with pinned host keys. (templated)
        profiles: YAML files of partner profiles, or `variable:NAME`; each partner whose files come in here. (templated)
        folder: the folder of the acknowledgments. (templated)
        move_to: folder below it into which files go once read; empty leaves them where they are. (templated)
        settle: seconds between the two equal looks that show that a new file is no longer being written.
        max_bytes: greatest size of a file.
        flow: the flow's name, for the audit; by default the DAG's id. (templated)
        notifiers: Airflow notifiers, called once per alert with the task's context and `alert` in it.
    """

    template_fields: Sequence[str] = ("sftp_conn_id", "profiles", "folder", "move_to", "flow")
    ui_color = "#fae8ff"

    def __init__(
        self,
        *,
        sftp_conn_id: str,
        profiles: Sequence[str],
        folder: str = "",
        move_to: str = "",
        settle: float = 10,
        max_bytes: int = 20_000_000,
        flow: str = "{{ dag.dag_id }}",
        notifiers: Sequence[Notifier] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sftp_conn_id = sftp_conn_id
        self.profiles = profiles
        self.folder = folder
        self.move_to = move_to
        self.settle = settle
        self.max_bytes = max_bytes
        self.flow = flow
        self.notifiers = notifiers

    def execute(self, context: Context) -> dict[str, Any]:
        """Read what has come in, and return figures; an error that no retry can mend fails the task at once."""
        try:
            return self.work(context)
        except MlconnectorError as error:
            if error.retriable:
                raise
            raise AirflowFailException(f"{type(error).__name__}: {error}") from error

    def work(self, context: Context) -> dict[str, Any]:
        """The task's work."""
        from airflow_provider_mlconnector.configuration import Settings
        from airflow_provider_mlconnector.engine import alerting
        from airflow_provider_mlconnector.engine.acknowledging import acknowledge
        from airflow_provider_mlconnector.engine.applying import Desk
        from airflow_provider_mlconnector.engine.rereading import folders
        from airflow_provider_mlconnector.hooks.ledger import open_ledger, open_staging
        from airflow_provider_mlconnector.hooks.partner_sftp import PartnerSftpHook
        from airflow_provider_mlconnector.ledger.audit import Actor
        from airflow_provider_mlconnector.ledger.received import Place

        settings, ti = Settings.read(), context["ti"]
        actor = Actor(run_key(self.flow, ti.dag_id, ti.run_id), ti.task_id, ti.try_number, ti.dag_id)
        desk = Desk(open_ledger(settings), open_staging(settings), actor, self.sftp_conn_id)
        post = self._post()
        below = folders(desk.ledger, Place(self.sftp_conn_id, self.folder)) | ({self.move_to} - {""})
        hook = PartnerSftpHook(self.sftp_conn_id)
        try:
            with hook.site(self.folder, sorted(below)) as site:
                done = acknowledge(desk, post, site)
        except MlconnectorError as error:
            # Whatever fails here must not hide what has failed there.
            with suppress(MlconnectorError):
                alerting.audit_failure(desk.ledger, actor, None, self.sftp_conn_id, error)
                if isinstance(error, CredentialsError):
                    self._tell(context, desk, post, [str(error)])
            raise
        self._tell(context, desk, post, hook.rotation_warnings())
        return done.to_json()

    def _post(self) -> Post:
        from airflow_provider_mlconnector.engine.acknowledging import Post
        from airflow_provider_mlconnector.operators.declared_files import profile_of
        from airflow_provider_mlconnector.pipeline.acknowledged import reader

        profiles = [profile_of(named) for named in self.profiles]
        return Post(
            folder=self.folder,
            partners=tuple(dict.fromkeys(profile.partner for profile in profiles)),
            read=reader(profiles),
            move_to=self.move_to,
            settle=self.settle,
            largest=self.max_bytes,
        )

    def _tell(self, context: Context, desk: Desk, post: Post, warnings: Sequence[str]) -> None:
        """A notifier that fails does not fail the task: what was read is read, and the next task tells it again."""
        from airflow_provider_mlconnector.engine import alerting
        from airflow_provider_mlconnector.engine.acknowledging import prefixes

        alerting.warn(desk.ledger, desk.conn_id, warnings)
        try:
            alerting.tell_of(
                desk.ledger, desk.conn_id, prefixes(desk, post), lambda alert: self._notify(context, alert)
            )
        except MlconnectorError:
            raise
        except Exception:
            self.log.exception("a notifier failed; the flow's next task tells this alert again")

    def _notify(self, context: Context, alert: str) -> None:
        for notifier in self.notifiers:
            notifier({**context, "alert": alert})  # type: ignore[typeddict-unknown-key]
