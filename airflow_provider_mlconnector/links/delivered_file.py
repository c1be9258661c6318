"""A link from a deliver task to the file at the partner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


class DeliveredFileLink(BaseOperatorLink):
    """The first file that the task has delivered, as an `sftp://` address without a user or password."""

    name = "Delivered file"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:  # noqa: ARG002
        """The address; empty where nothing was delivered.

        Airflow asks once, when the task ends and in its process, and keeps the answer for its pages.
        """
        return str(getattr(operator, "delivered_file", ""))
