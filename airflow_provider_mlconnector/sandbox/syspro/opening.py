"""Records that are hard to handle, there from the beginning: odd keys, a huge amount, blank dates, all characters."""

from __future__ import annotations

from airflow_provider_mlconnector.sandbox.syspro.events import Events

# Net of 19 % tax, this makes an invoice of 9,999,999,999.99.
_HUGE_NET = "8403361344.53"


def hard_records(events: Events) -> None:
    """Post the records that every reader of SYSPRO has to live with."""
    undated = {"DateSuppAdded": None}
    events.happen("new_supplier", {"supplier": "CASH*1", "name": 'Cash & Carry, "Fish" ~ Chips', **undated})
    events.happen("new_supplier", {"supplier": "O'NEIL~1", "name": "O'Neil's Élevage; Œuvre \u2013 \u201cGänse\u201d"})
    events.happen("new_supplier", {"supplier": "ÜBER-1", "name": "=cmd|' /C calc'!A0", "OnHold": "Y"})
    blank = {"InvoiceDate": None, "DueDate": None, "DiscountDate": None, "JournalDate": None}
    events.happen("new_invoices", {"supplier": "O'NEIL~1", "invoice": "Ä'1 & 2/3*~", "value": "10.00"})
    events.happen("new_invoices", {"supplier": "CASH*1", "invoice": "NO-DATES", "value": "20.00", **blank})
    events.happen("new_invoices", {"supplier": "CASH*1", "invoice": "CREDIT", "value": "-5.00"})
    events.happen("new_invoices", {"supplier": "ÜBER-1", "invoice": "HUGE", "value": _HUGE_NET})
    events.happen("new_item", {"stock_code": 'PÄCK "A", 1*~', "Description": 'Tab\there; quote " and , comma'})
