"""Records that are hard to handle, there from the beginning."""

from __future__ import annotations

from airflow_provider_mlconnector.sandbox.intacct.events import Events

_HUGE = "999999999999.99"
HOSTILE = "Cash & Carry: \"Fish\" + 'Chips' * ~ ? > | \\ end"


def hard_records(events: Events) -> None:
    """Post the records that every reader of Intacct has to live with."""
    events.happen("new_vendors", {"vendor": "CASH*1~", "name": HOSTILE, "CURRENCY": "EUR"})
    address = {"DISPLAYCONTACT.MAILADDRESS.ADDRESS1": "Stra\u00dfe des 17. Juni 1 \u2013 \u201cHof\u201d"}
    events.happen(
        "new_vendors", {"vendor": "\u00dcBER-1", "name": "\u00c9levage \u0152uvre \u4e2d\u6587 GmbH", **address}
    )
    events.happen("new_vendors", {"vendor": "LONG", "name": "Long Name " * 30, "STATUS": "inactive"})
    events.happen("null_modified", {"vendor": "CASH*1~", "number": "NO-DATE", "amount": "20.00"})
    events.happen("new_bills", {"vendor": "CASH*1~", "number": "CREDIT", "amount": "-5.00"})
    events.happen("new_bills", {"vendor": "CASH*1~", "number": "*+:?~'", "amount": "10.01", "DESCRIPTION": HOSTILE})
    events.happen("new_bills", {"vendor": "\u00dcBER-1", "number": "HUGE", "amount": _HUGE})
    events.happen("new_bills", {"vendor": "\u00dcBER-1", "number": "ZERO", "amount": "0.00"})
    private = {"number": "PRIVATE", "entity": "300", "amount": "7.00"}
    events.happen("new_bills", {"vendor": "\u00dcBER-1", **private})
