"""Waits until Stampli has exported a new file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException, BaseSensorOperator

from airflow_provider_mlconnector.errors import MlconnectorError

if TYPE_CHECKING:
    from airflow.sdk import Context


class StampliFilesSensor(BaseSensorOperator):
    """Waits until a file of one kind lies in the outbound folder, whole and not taken in yet.

    It waits in the triggerer and holds no worker. It takes nothing in: that is the poll's work.

    Args:
        stream: what the files hold, as for `PollFilesOperator`. (templated)
        source_conn_id: connection of the type `stampli`. (templated)
    """

    template_fields: Sequence[str] = ("stream", "source_conn_id")
    ui_color = "#fef3c7"

    def __init__(self, *, stream: str, source_conn_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stream = stream
        self.source_conn_id = source_conn_id

    def execute(self, context: Context) -> None:  # noqa: ARG002 - Airflow's
        """Look once, so that a wrong setting shows at once; then wait in the triggerer."""
        from airflow_provider_mlconnector.triggers.stampli_files import StampliFilesTrigger, look_once

        try:
            _, names = look_once(self.source_conn_id, self.stream)
        except MlconnectorError as error:
            if error.retriable:
                raise
            raise AirflowFailException(f"{type(error).__name__}: {error}") from error
        if names:
            return
        self.defer(
            trigger=StampliFilesTrigger(self.source_conn_id, self.stream, float(self.poke_interval)),
            method_name="execute_complete",
            timeout=timedelta(seconds=float(self.timeout)),
        )

    def execute_complete(self, context: Context, event: Mapping[str, Any]) -> None:  # noqa: ARG002 - Airflow's
        """What the triggerer has found.

        Raises:
            AirflowFailException: the folder can't be looked into, and no retry would change that.
        """
        if "error" in event:
            raise AirflowFailException(str(event["error"]))
        self.log.info("%s new files: %s", event["files"], ", ".join(event["names"]))
