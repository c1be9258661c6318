"""The business objects that write, as the e.net service finds them."""

from __future__ import annotations

from functools import partial

from airflow_provider_mlconnector.sandbox.syspro.payables_posting import Payables
from airflow_provider_mlconnector.sandbox.syspro.posting.apsssp import SetupApSupplier
from airflow_provider_mlconnector.sandbox.syspro.posting.apstin import PostApInvoice
from airflow_provider_mlconnector.sandbox.syspro.posting.call import BusinessObject
from airflow_provider_mlconnector.sandbox.syspro.posting.desk import Desk
from airflow_provider_mlconnector.sandbox.syspro.posting.gentjl import PostGlJournal
from airflow_provider_mlconnector.sandbox.syspro.posting.zzapay import PostApPayment


def writing_objects(payables: Payables, desk: Desk) -> dict[tuple[str, str], BusinessObject]:
    """The objects by operation and code.

    Args:
        payables: posts invoices and payments.
        desk: takes the documents.
    """
    posts = [PostApInvoice(payables), PostGlJournal(payables.keeper), PostApPayment(payables)]
    objects: dict[tuple[str, str], BusinessObject] = {
        ("transaction/post", each.code): partial(desk.take, each) for each in posts
    }
    for action in ("add", "update", "delete"):
        setup = SetupApSupplier(payables.keeper.company, action)
        objects[f"setup/{action}", setup.code] = partial(desk.take, setup)
    return objects
