"""A target for each kind of document, made of a connection, a session and a site's settings."""

from __future__ import annotations

from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.systems.syspro.connection import SysproConnection
from airflow_provider_mlconnector.systems.syspro.posting.adjustments import PAYMENTS, Adjustments
from airflow_provider_mlconnector.systems.syspro.posting.comparison import Comparisons
from airflow_provider_mlconnector.systems.syspro.posting.enquiry import by_enquiry
from airflow_provider_mlconnector.systems.syspro.posting.journals import GlJournals
from airflow_provider_mlconnector.systems.syspro.posting.kind import DocumentKind
from airflow_provider_mlconnector.systems.syspro.posting.payables import ApInvoices
from airflow_provider_mlconnector.systems.syspro.posting.payments import Payments
from airflow_provider_mlconnector.systems.syspro.posting.references import References, by_table
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings
from airflow_provider_mlconnector.systems.syspro.posting.sitting import Sitting
from airflow_provider_mlconnector.systems.syspro.posting.sums import Sums
from airflow_provider_mlconnector.systems.syspro.posting.suppliers import Suppliers
from airflow_provider_mlconnector.systems.syspro.posting.tables import Tables
from airflow_provider_mlconnector.systems.syspro.posting.target import SysproTarget
from airflow_provider_mlconnector.systems.syspro.session import Session

KINDS = ("ap_invoices", "gl_journals", "suppliers", "payments", "comparison")


def target(connection: SysproConnection, kind: str, settings: PostingSettings, session: Session) -> SysproTarget:
    """A target.

    Args:
        connection: the server and company.
        kind: one of `KINDS`.
        settings: the site's decisions.
        session: the e.net session.

    Raises:
        ConfigurationError: the kind is unknown, or the settings do not fit it.
    """
    config, client = connection.config, connection.enet(session)
    via = "odata" if settings.lookup == "odata" else "enet"
    reader = connection.reader(via, session)
    ledger = connection.reader("odata", session) if config.gl_company else reader
    tables = Tables(reader, ledger, config.company, config.gl_company)
    invoices = by_enquiry(client) if settings.lookup == "apsqry" else by_table(tables)
    references = References(tables, invoices, settings)
    made: DocumentKind
    if kind == "ap_invoices":
        found_by = Adjustments.of_setting(tables, settings.adjustment_reference)
        sums = Sums(settings, lambda: client.logon_profile().get("LocalCurrencyCode", ""))
        made = ApInvoices(settings, references, found_by, sums)
    elif kind == "gl_journals":
        made = GlJournals(settings, references, tables)
    elif kind == "suppliers":
        made = Suppliers(settings, references, tables)
    elif kind == "payments":
        made = Payments(settings, references, Adjustments(tables, PAYMENTS, "PaymentReference", "TrnValue"))
    elif kind == "comparison":
        made = Comparisons(settings)
    else:
        raise ConfigurationError(f"'{kind}' is not posted into SYSPRO; it takes {', '.join(KINDS)}.")
    longest = 60.0 * max(config.session_minutes - settings.session_margin_minutes, config.session_minutes / 2)
    return SysproTarget(config, client, Sitting(session, longest), made, settings, connection.transport.scrubbed)
