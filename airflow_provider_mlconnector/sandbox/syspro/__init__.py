"""A SYSPRO that can be run anywhere: e.net REST and OData v4 over one data set, made from a seed.

    from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox

    with SysproSandbox(scale=200) as syspro:
        syspro.base_url, syspro.odata_base_url, syspro.operator, syspro.password ...
        syspro.admin.advance(days=1)
        syspro.admin.event("payment", min_age_days=700)
        syspro.admin.fault("evict_session", after=3, count=1)
        syspro.admin.requests(operation="logon")

What is real and what is made up: the shape of requests and answers follows what is publicly known of SYSPRO, and four
texts are recorded from a real server: `ERROR: Invalid operator password`, `0` for a logoff, `ERROR: Unable to read the
SYSPRO base directory registry string BaseDir8` for a stale id, and the error triple `Stock code '...' not found`
(240004). `ERROR: e.net exception raised: 100000` is what a project in production saw. **All other message texts and
error numbers are invented**, as are OData's error bodies: don't match them in a client, and don't assert on them.

Known of posts are their elements, the paths of errors, and `XML element '...' must be numeric` (100031);
that a credit note lowers its invoice and shows in ApInvoicePay, how lines and tax add up, and most of the answers are
inferred. ZZAPAY, which pays invoices, is the sandbox's own.

Invented as well: OData gives `TimeStamp` as hexadecimal text; values of ApInvoice are in the invoice's currency; every
document has a journal of its own, and AP and GL share its number; no year is closed to retained earnings.

How big: `scale` is about the number of AP invoices. Rows are functions of their index, so a company of millions of
rows starts in a second and holds one cycle of 2,048 documents. Changes are held in memory on top of that.
"""

from __future__ import annotations

from airflow_provider_mlconnector.sandbox.admin_client import AdminError
from airflow_provider_mlconnector.sandbox.syspro.client import AdminClient
from airflow_provider_mlconnector.sandbox.syspro.company import Company
from airflow_provider_mlconnector.sandbox.syspro.sandbox import SysproSandbox
from airflow_provider_mlconnector.sandbox.syspro.settings import Settings

__all__ = ["AdminClient", "AdminError", "Company", "Settings", "SysproSandbox"]
