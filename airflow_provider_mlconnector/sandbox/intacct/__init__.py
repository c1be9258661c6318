"""A Sage Intacct XML gateway that can be run anywhere, over one data set that is made from a seed.

    from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox

    with IntacctSandbox(scale=200) as intacct:
        intacct.endpoint, intacct.sender_id, intacct.sender_password, intacct.company, intacct.user, intacct.password
        intacct.admin.advance(3600)
        intacct.admin.event("new_bills", n=3)
        intacct.admin.fault("gw_0010", after=3, count=2, where={"function": "query"})
        intacct.admin.requests(function="query")
        intacct.admin.rows("APBILL")

What is real and what is made up: envelopes, their elements, the three levels of failure, the gateway's own form, and
these numbers and texts are documented or were captured: XL03000003 with libxml's message, XL03000006 with its texts of
sender, sign-in, authorisation and `Invalid session <id>`, XL03000009, GW-0010, GW-0011, XMLGW_JPP0002, `Query Failed`
with `Object definition X not found`, `Invalid fields list x`, DL02000001, PL04000005. **All other message texts are
invented**: don't match them in a client. So are the codes of some bill states (see `schema`), the element
names of aggregates, the order of records where none was asked for, and that one request too many is refused at once
instead of after 30 seconds.

How big: `scale` is the number of AP bills. Records are functions of their number, so that a company of 100,000 bills
starts at once; changes are held in memory on top of that.
"""

from __future__ import annotations

from airflow_provider_mlconnector.sandbox.admin_client import AdminError
from airflow_provider_mlconnector.sandbox.intacct.client import AdminClient
from airflow_provider_mlconnector.sandbox.intacct.company import Company
from airflow_provider_mlconnector.sandbox.intacct.sandbox import IntacctSandbox
from airflow_provider_mlconnector.sandbox.intacct.settings import Settings

__all__ = ["AdminClient", "AdminError", "Company", "IntacctSandbox", "Settings"]
