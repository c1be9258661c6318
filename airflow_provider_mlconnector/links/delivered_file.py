"""A link from a deliver task to the file at the partner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import BaseOperatorLink, XCom

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator
    from airflow.sdk import Context
    from airflow.sdk.types import TaskInstanceKey

_XCOM = "delivered_file"


class DeliveredFileLink(BaseOperatorLink):
    """The first file that the task has delivered, as an `sftp://` address without a user or password."""

    name = "Delivered file"

    @staticmethod
    def persist(context: Context, address: str) -> None:
        """Leave the address for the link."""
        context["ti"].xcom_push(key=_XCOM, value=address)

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:  # noqa: ARG002
        """The address; empty where nothing was delivered."""
        return XCom.get_value(key=_XCOM, ti_key=ti_key) or ""
