"""Deliver: bring a batch's files to the partner, each once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_mlconnector.links.delivered_file import DeliveredFileLink
from airflow_provider_mlconnector.operators.lane import LaneOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_mlconnector.engine.context import LaneContext
    from airflow_provider_mlconnector.engine.delivering import Delivered


class DeliverOperator(LaneOperator):
    """Uploads the run's files under temporary names, verifies them, and renames them without overwriting.

    Before the first upload the batch is frozen: files, names and numbers stand, whatever is cleared later.

    Args:
        batch: what the poll task pushed. (templated)
        output_reference: what the format task pushed. (templated)
        sftp_conn_id: connection of the official type `sftp`, or of type `stampli`, with pinned host keys. (templated)
        folder: the partner's inbound folder. (templated)
        entity: with a connection of type `stampli`: what the records are, such as `vendors`; the files go into the
            connection's inbound folder of them, and `folder` stays empty. (templated)
        verify: `size`, or `sha256`: read the temporary file back before it is renamed.
        partner_removes_files: whether the partner takes files away once read.
        mode: permissions of the file, such as `"640"`; empty leaves the server's.
        sidecar: ending of a small file with the SHA-256, such as `.sha256`; empty for none.
        done_file: ending of an empty file that says that the file is complete, such as `.done`; empty for none.
        archive: folder below the partner's into which a copy goes; empty for none. (templated)
    """

    template_fields: Sequence[str] = (
        *LaneOperator.template_fields,
        "batch",
        "output_reference",
        "sftp_conn_id",
        "folder",
        "entity",
        "archive",
    )
    operator_extra_links = (DeliveredFileLink(),)
    ui_color = "#dcfce7"
    # For the link: the first file that this try has found confirmed.
    delivered_file = ""

    def __init__(  # noqa: PLR0913 - one argument for each thing that partners differ in
        self,
        *,
        batch: Any,
        output_reference: Any,
        sftp_conn_id: str,
        folder: str = "",
        entity: str = "",
        verify: str = "size",
        partner_removes_files: bool = False,
        mode: str = "",
        sidecar: str = "",
        done_file: str = "",
        archive: str = "",
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("target", sftp_conn_id)
        super().__init__(**kwargs)
        self.batch = batch
        self.output_reference = output_reference
        self.sftp_conn_id = sftp_conn_id
        self.folder = folder
        self.entity = entity
        self.verify = verify
        self.partner_removes_files = partner_removes_files
        self.mode = mode
        self.sidecar = sidecar
        self.done_file = done_file
        self.archive = archive

    def work(self, context: Context) -> dict[str, Any]:
        """Deliver, and return the files' names."""
        from airflow_provider_mlconnector.configuration import Settings
        from airflow_provider_mlconnector.engine import alerting
        from airflow_provider_mlconnector.engine.delivering import deliver
        from airflow_provider_mlconnector.engine.freezing import Destination
        from airflow_provider_mlconnector.hooks.partner_sftp import PartnerSftpHook
        from airflow_provider_mlconnector.pipeline.sending import Sending

        named = self.batch or {}
        lane = self.lane_context(context, Settings.read(), [named])
        sending = Sending(
            verify=self.verify,
            partner_removes_files=self.partner_removes_files,
            mode=int(self.mode, 8) if self.mode else None,
            sidecar=self.sidecar,
            done_file=self.done_file,
            archive=self.archive,
        )
        scope = alerting.of_lane(lane, self.sftp_conn_id)
        hook = PartnerSftpHook(self.sftp_conn_id)
        subfolders = [self.archive] if self.archive else []
        folder = self._folder()
        with self.accounted(context, scope):
            done = deliver(
                lane,
                (named.get("batch"), self.output_reference),
                Destination(self.sftp_conn_id, folder),
                lambda to: PartnerSftpHook(to.partner).site(to.folder, subfolders),
                sending.settings(),
            )
        self.tell(context, scope, hook.rotation_warnings())
        sent = [file for file in done.files if file.state == "confirmed"]
        if sent:
            config = hook.config()
            self.delivered_file = f"sftp://{config.host}:{config.port}/{folder.lstrip('/')}/{sent[0].name}"
        return pushed(lane, done)

    def _folder(self) -> str:
        if not self.entity:
            return self.folder
        from airflow_provider_mlconnector.hooks.stampli import StampliHook

        return StampliHook(self.sftp_conn_id).config().inbound(self.entity)


def pushed(lane: LaneContext, done: Delivered) -> dict[str, Any]:
    """For XCom; of many files the first ten are named, or as many as there is room for."""
    from airflow_provider_mlconnector.engine.context import fitting

    shown = [{"name": file.name, "rows": file.rows, "state": file.state} for file in done.files[:10]]
    push = {
        "lane": str(lane.name),
        "ledger": lane.ledger.id,
        "seq": done.seq,
        "batch": done.batch.id if done.batch else None,
        "files": [],
        "file_count": len(done.files),
    }
    return {**push, "files": fitting(push, shown)}
