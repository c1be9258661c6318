"""The business objects that write, as the e.net service finds them."""

from __future__ import annotations

from functools import partial

from airflow_provider_mlconnector.sandbox.syspro.payables_posting import Payables
from airflow_provider_mlconnector.sandbox.syspro.posting.apstin import PostApInvoice
from airflow_provider_mlconnector.sandbox.syspro.posting.call import BusinessObject
from airflow_provider_mlconnector.sandbox.syspro.posting.desk import Desk


def writing_objects(payables: Payables, desk: Desk) -> dict[tuple[str, str], BusinessObject]:
    """The objects by operation and code.

    Args:
        payables: posts invoices and payments.
        desk: takes the documents.
    """
    posts = [PostApInvoice(payables)]
    return {("transaction/post", each.code): partial(desk.take, each) for each in posts}
