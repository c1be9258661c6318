"""Acknowledge: read what partners say of the EDI files that were sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_mlconnector.operators.lane import FlowOperator, Notifier

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_mlconnector.engine.acknowledging import Post


class AcknowledgeOperator(FlowOperator):
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

    template_fields: Sequence[str] = (
        *FlowOperator.template_fields,
        "sftp_conn_id",
        "profiles",
        "folder",
        "move_to",
    )
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
        super().__init__(flow=flow, notifiers=notifiers, **kwargs)
        self.sftp_conn_id = sftp_conn_id
        self.profiles = profiles
        self.folder = folder
        self.move_to = move_to
        self.settle = settle
        self.max_bytes = max_bytes

    def work(self, context: Context) -> dict[str, Any]:
        """Read what has come in, and return figures."""
        from airflow_provider_mlconnector.configuration import Settings
        from airflow_provider_mlconnector.engine import acknowledging
        from airflow_provider_mlconnector.engine.applying import Desk
        from airflow_provider_mlconnector.engine.rereading import folders
        from airflow_provider_mlconnector.hooks.ledger import open_ledger, open_staging
        from airflow_provider_mlconnector.hooks.partner_sftp import PartnerSftpHook
        from airflow_provider_mlconnector.ledger.received import Place

        settings = Settings.read()
        desk = Desk(open_ledger(settings), open_staging(settings), self.actor(context), self.sftp_conn_id)
        post = self._post()
        scope = acknowledging.scope(desk, post)
        below = folders(desk.ledger, Place(self.sftp_conn_id, self.folder)) | ({self.move_to} - {""})
        hook = PartnerSftpHook(self.sftp_conn_id)
        with self.accounted(context, scope), hook.site(self.folder, sorted(below)) as site:
            done = acknowledging.acknowledge(desk, post, site)
        self.tell(context, scope, hook.rotation_warnings())
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
