"""What a bill is, and the rows that it makes: totals are exactly the sums of its lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from airflow_provider_mlconnector.sandbox.intacct.columns import Row, Value
from airflow_provider_mlconnector.sandbox.intacct.masters import (
    ACCOUNTS,
    API_USER,
    CLASSES,
    DEPARTMENTS,
    ENTITIES,
    LOCATIONS,
    blank,
    owner,
)
from airflow_provider_mlconnector.sandbox.intacct.schema import APBILL, APBILLITEM, BILL_STATES
from airflow_provider_mlconnector.sandbox.intacct.vendors import BASE_CURRENCY

CENT = Decimal("0.01")
_ACCOUNT_KEYS = {number: place + 1 for place, number in enumerate(ACCOUNTS)}
_PAID = {"Paid": Decimal(1), "Partially Paid": Decimal("0.5")}


@dataclass(frozen=True)
class Line:
    """A bill's line; its amount is in the bill's currency."""

    account: str
    amount: Decimal
    note: str = ""
    department: str = ""
    location: str = ""
    class_id: str = ""


@dataclass(frozen=True)
class Bill:
    """A bill with its lines.

    Attributes:
        key: RECORDNO.
        number: RECORDID, the vendor's number of it.
        rate: base currency for one unit of the bill's.
        day: the bill's date.
        terms: days until it is due.
        entered: when it was entered.
        modified: WHENMODIFIED of bill and lines.
        purchasing: whether it came from purchasing (MODULEKEY 9.PO).
        entity: the entity that it belongs to; empty for the top level.
        state: one of `BILL_STATES`; what is paid follows from it.
    """

    key: int
    number: str
    vendor: str
    vendor_name: str
    currency: str
    rate: Decimal
    lines: tuple[Line, ...]
    day: date
    terms: int
    entered: datetime
    modified: datetime | None
    purchasing: bool = False
    entity: str = ""
    state: str = "Posted"

    @property
    def total(self) -> Decimal:
        """The sum of the lines, in the bill's currency."""
        return sum((each.amount for each in self.lines), Decimal(0))

    def based(self, amount: Decimal) -> Decimal:
        """An amount in the base currency."""
        return (amount * self.rate).quantize(CENT)

    def settled(self) -> Decimal:
        """What is paid, in the bill's currency."""
        return (self.total * _PAID.get(self.state, Decimal(0))).quantize(CENT)


def bill_row(bill: Bill) -> Row:
    """A bill as APBILL has it."""
    contact = f"{bill.vendor_name} (V{bill.vendor})"
    given = {
        "RECORDNO": bill.key,
        "RECORDTYPE": "apbill",
        "RECORDID": bill.number,
        "STATE": bill.state,
        "RAWSTATE": BILL_STATES[bill.state],
        "VENDORID": bill.vendor,
        "VENDORNAME": bill.vendor_name,
        "DOCNUMBER": f"Vendor Invoice-PO{bill.number}" if bill.purchasing else None,
        "PO_REFERENCE": f"PO-{bill.number}" if bill.purchasing else None,
        "PAYMENTPRIORITY": "normal",
        "ONHOLD": False,
        "BILLTOPAYTOCONTACTNAME": contact,
        "SHIPTORETURNTOCONTACTNAME": contact,
        "PRBATCH": f"Bills {bill.day.isoformat()} Batch",
        "MODULEKEY": "9.PO" if bill.purchasing else "3.AP",
        "SYSTEMGENERATED": False,
        "AUWHENCREATED": bill.entered,
        "WHENMODIFIED": bill.modified,
        "CREATEDBY": API_USER,
        "MODIFIEDBY": API_USER,
        "INCLUSIVETAX": False,
        "RECORD_URL": f"https://www.intacct.com/ia/acct/ur.phtml?.r=B{bill.key}",
    }
    return blank(APBILL, given | owner(bill.entity) | _dates(bill) | _currency(bill) | _totals(bill))


def _dates(bill: Bill) -> dict[str, Value]:
    due = bill.day + timedelta(days=bill.terms)
    return {
        "TERMNAME": f"N{bill.terms}",
        "TERMVALUE": f"D+{bill.terms}",
        "WHENCREATED": bill.day,
        "WHENPOSTED": bill.entered.date() if bill.state not in ("Draft", "Submitted", "Declined") else None,
        "WHENDUE": due,
        "WHENPAID": due if bill.state == "Paid" else None,
        "DUE_IN_DAYS": (due - bill.entered.date()).days,
    }


def _currency(bill: Bill) -> dict[str, Value]:
    foreign = bill.currency != BASE_CURRENCY
    return {
        "EXCH_RATE_DATE": bill.day if foreign else None,
        "EXCH_RATE_TYPE_ID": "Intacct Daily Rate" if foreign else None,
        "EXCHANGE_RATE": bill.rate,
        "BASECURR": BASE_CURRENCY,
        "CURRENCY": bill.currency,
    }


def _totals(bill: Bill) -> dict[str, Value]:
    entered = sum((bill.based(each.amount) for each in bill.lines), Decimal(0))
    paid = bill.settled()
    selected = bill.total if bill.state == "Selected" else Decimal(0)
    # The base amounts of what is whole are the header's own, so that rounding never leaves a cent.
    paid_base = entered if paid == bill.total else bill.based(paid)
    selected_base = entered if selected else Decimal(0)
    return {
        "TOTALENTERED": entered,
        "TOTALSELECTED": selected_base,
        "TOTALPAID": paid_base,
        "TOTALDUE": entered - paid_base,
        "TRX_TOTALENTERED": bill.total,
        "TRX_TOTALSELECTED": selected,
        "TRX_TOTALPAID": paid,
        "TRX_TOTALDUE": bill.total - paid,
    }


def line_row(bill: Bill, place: int, key: int) -> Row:
    """A bill's line as APBILLITEM has it; lines are numbered from 1."""
    line = bill.lines[place]
    given = {
        "RECORDNO": key,
        "RECORDKEY": bill.key,
        "ENTRY_DATE": bill.day,
        "AMOUNT": bill.based(line.amount),
        "TRX_AMOUNT": line.amount,
        "ENTRYDESCRIPTION": line.note or None,
        "FORM1099": False,
        "LINEITEM": "T",
        "LINE_NO": place + 1,
        "TOTALPAID": Decimal(0),
        "TRX_TOTALPAID": Decimal(0),
        "BILLABLE": False,
        "BILLED": False,
        "RELEASETOPAY": False,
        "BASELOCATION": ENTITIES[bill.entity].key if bill.entity else None,
        "STATE": bill.state,
        "RECORDTYPE": "apbill",
        "WHENCREATED": bill.entered,
        "WHENMODIFIED": bill.modified,
        "CREATEDBY": API_USER,
        "MODIFIEDBY": API_USER,
        "VENDORID": bill.vendor,
        "VENDORNAME": bill.vendor_name,
        # Not a field: who may see it.
        "_ENTITY": bill.entity,
    }
    return blank(APBILLITEM, given | _dimensions(line) | _currency(bill))


def _dimensions(line: Line) -> dict[str, Value]:
    return {
        "ACCOUNTKEY": _ACCOUNT_KEYS[line.account],
        "ACCOUNTNO": line.account,
        "ACCOUNTTITLE": ACCOUNTS[line.account][0],
        "OFFSETGLACCOUNTNO": "2000",
        "DEPARTMENTID": line.department or None,
        "DEPARTMENTNAME": DEPARTMENTS[line.department][0] if line.department else None,
        "LOCATIONID": line.location or None,
        "LOCATIONNAME": LOCATIONS[line.location][0] if line.location else None,
        "CLASSID": line.class_id or None,
        "CLASSNAME": CLASSES[line.class_id][0] if line.class_id else None,
    }
