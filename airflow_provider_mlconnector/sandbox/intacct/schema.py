"""The objects that the sandbox has, and their fields (sheet 1.11; order entry from the public object reference)."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_mlconnector.sandbox.intacct.columns import Field, Relation, Schema

_KINDS = {
    "i": "INTEGER",
    "t": "TEXT",
    "n": "DECIMAL",
    "p": "PERCENT",
    "b": "BOOLEAN",
    "d": "DATE",
    "s": "TIMESTAMP",
    "e": "ENUM",
}
# Words of `query`, codes of readByQuery; the codes of Selected, Partially Paid, Paid and Reversed are invented.
BILL_STATES = {
    "Draft": "D",
    "Submitted": "S",
    "Partially Approved": "PA",
    "Declined": "U",
    "Posted": "A",
    "Selected": "SE",
    "Partially Paid": "PP",
    "Paid": "P",
    "Reversed": "V",
}
DOCUMENT_STATES = {"Draft": "I", "Pending": "O", "Closed": "D", "Converted": "C", "Partially Converted": "P"}
STATUS = {"active": "active", "inactive": "inactive"}
ACCESS_MODES = {"A": "Access", "M": "Modify", "C": "Create", "D": "Delete", "W": "Workflow"}
_AUDITED = "WHENCREATED:s WHENMODIFIED:s CREATEDBY:i MODIFIEDBY:i"
_OWNED = "MEGAENTITYKEY:i MEGAENTITYID:t MEGAENTITYNAME:t"
_ADDRESS = "ADDRESS1 ADDRESS2 CITY STATE ZIP COUNTRY COUNTRYCODE"
_CONTACT = "CONTACTNAME COMPANYNAME PRINTAS FIRSTNAME LASTNAME INITIAL PHONE1 PHONE2 EMAIL1 EMAIL2 URL1"


def contact(prefix: str) -> str:
    """Field names of a contact, such as `DISPLAYCONTACT.MAILADDRESS.ZIP`."""
    own = [f"{prefix}.{name}:t" for name in _CONTACT.split()]
    return " ".join(own + [f"{prefix}.MAILADDRESS.{name}:t" for name in _ADDRESS.split()])


def _schema(
    name: str,
    key: str,
    fields: str,
    *,
    enums: Mapping[str, Mapping[str, str]] | None = None,
    custom: tuple[str, ...] = (),
    relations: Mapping[str, tuple[str, str, str]] | None = None,
    lines: tuple[str, str] | None = None,
    audited_by: str = "RECORDNO",
) -> Schema:
    declared = []
    for each in fields.split():
        field, _, kind = each.partition(":")
        declared.append(Field(field, _KINDS[kind], (enums or {}).get(field, {}), field in custom))
    ways = {path: Relation(*way) for path, way in (relations or {}).items()}
    return Schema(name, key, tuple(declared), ways, lines, audited_by)


VENDOR = _schema(
    "VENDOR",
    "VENDORID",
    "RECORDNO:i VENDORID:t NAME:t ENTITY:t PARENTKEY:i PARENTID:t PARENTNAME:t "
    f"{contact('DISPLAYCONTACT')} VENDTYPE:t VENDORACCOUNTNO:t ACCOUNTLABEL:t APACCOUNT:t APACCOUNTTITLE:t "
    "TERMNAME:t CREDITLIMIT:n TOTALDUE:n ONHOLD:b ONETIME:b DONOTCUTCHECK:b COMMENTS:t CURRENCY:t TAXID:t NAME1099:t "
    "FORM1099TYPE:t FORM1099BOX:t PAYMETHODKEY:t PAYMENTPRIORITY:t BILLINGTYPE:t GLGROUP:t ACHENABLED:b STATUS:e "
    f"EDI_PARTNER:t CATEGORIES:t {_AUDITED} {_OWNED} RECORD_URL:t",
    enums={"STATUS": STATUS},
    custom=("EDI_PARTNER", "CATEGORIES"),
    audited_by="VENDORID",
)
_TOTALS = "TOTALENTERED TOTALSELECTED TOTALPAID TOTALDUE"
APBILL = _schema(
    "APBILL",
    "RECORDID",
    "RECORDNO:i RECORDTYPE:t RECORDID:t STATE:e RAWSTATE:t VENDORID:t VENDORNAME:t TRX_ENTITYDUE:n DOCNUMBER:t "
    "DESCRIPTION:t TERMNAME:t TERMKEY:i TERMVALUE:t WHENCREATED:d WHENPOSTED:d WHENDISCOUNT:d WHENDUE:d WHENPAID:d "
    "RECPAYMENTDATE:d PAYMENTPRIORITY:t ONHOLD:b BASECURR:t CURRENCY:t EXCH_RATE_DATE:d EXCH_RATE_TYPE_ID:t "
    f"EXCHANGE_RATE:n {' '.join(f'{each}:n TRX_{each}:n' for each in _TOTALS.split())} BILLTOPAYTOCONTACTNAME:t "
    "SHIPTORETURNTOCONTACTNAME:t BILLTOPAYTOKEY:i SHIPTORETURNTOKEY:i PRBATCH:t PRBATCHKEY:i MODULEKEY:t SCHOPKEY:i "
    "SYSTEMGENERATED:b AUWHENCREATED:s WHENMODIFIED:s CREATEDBY:i MODIFIEDBY:i DUE_IN_DAYS:i INCLUSIVETAX:b "
    f"TAXSOLUTIONID:t SUPDOCID:t PO_REFERENCE:t {_OWNED} RECORD_URL:t",
    enums={"STATE": BILL_STATES},
    custom=("PO_REFERENCE",),
    relations={"VENDOR": ("VENDOR", "VENDORID", "VENDORID")},
    lines=("APBILLITEM", "RECORDKEY"),
)
APBILLITEM = _schema(
    "APBILLITEM",
    "RECORDNO",
    "RECORDNO:i RECORDKEY:i ACCOUNTKEY:i ACCOUNTNO:t ACCOUNTTITLE:t ACCOUNTLABEL:t OFFSETGLACCOUNTNO:t ENTRY_DATE:d "
    "AMOUNT:n TRX_AMOUNT:n DEPARTMENTID:t DEPARTMENTNAME:t LOCATIONID:t LOCATIONNAME:t ENTRYDESCRIPTION:t "
    "EXCH_RATE_DATE:d EXCH_RATE_TYPE_ID:t EXCHANGE_RATE:n ALLOCATION:t FORM1099:b LINEITEM:t LINE_NO:i CURRENCY:t "
    "BASECURR:t TOTALPAID:n TRX_TOTALPAID:n TOTALSELECTED:n TRX_TOTALSELECTED:n BILLABLE:b BILLED:b RELEASETOPAY:b "
    f"PARENTENTRY:i BASELOCATION:i STATE:e RECORDTYPE:t {_AUDITED} CUSTOMERID:t CUSTOMERNAME:t VENDORID:t "
    "VENDORNAME:t EMPLOYEEID:t EMPLOYEENAME:t ITEMID:t ITEMNAME:t CLASSID:t CLASSNAME:t PROJECTID:t PROJECTNAME:t "
    "WAREHOUSEID:t WAREHOUSENAME:t RECORD_URL:t",
    enums={"STATE": BILL_STATES},
    relations={
        "APBILL": ("APBILL", "RECORDKEY", "RECORDNO"),
        "VENDOR": ("VENDOR", "VENDORID", "VENDORID"),
        "GLACCOUNT": ("GLACCOUNT", "ACCOUNTNO", "ACCOUNTNO"),
    },
)
GLACCOUNT = _schema(
    "GLACCOUNT",
    "ACCOUNTNO",
    "RECORDNO:i ACCOUNTNO:t TITLE:t ACCOUNTTYPE:t NORMALBALANCE:t CLOSINGTYPE:t CLOSINGACCOUNTNO:t "
    "CLOSINGACCOUNTTITLE:t STATUS:e REQUIREDEPT:b REQUIRELOC:b REQUIREPROJECT:b REQUIRECUSTOMER:b REQUIREVENDOR:b "
    "REQUIREEMPLOYEE:b REQUIREITEM:b REQUIRECLASS:b REQUIREWAREHOUSE:b TAXABLE:b CATEGORYKEY:i CATEGORY:t TAXCODE:t "
    f"MRCCODE:t CLOSETOACCTKEY:i ALTERNATIVEACCOUNT:t SUBLEDGERCONTROLON:b {_AUDITED} {_OWNED} RECORD_URL:t",
    enums={"STATUS": STATUS},
    audited_by="ACCOUNTNO",
)
DEPARTMENT = _schema(
    "DEPARTMENT",
    "DEPARTMENTID",
    "RECORDNO:i DEPARTMENTID:t TITLE:t PARENTKEY:i PARENTID:t SUPERVISORKEY:i SUPERVISORID:t SUPERVISORNAME:t "
    f"STATUS:e CUSTTITLE:t {_AUDITED}",
    enums={"STATUS": STATUS},
    audited_by="DEPARTMENTID",
)
LOCATION = _schema(
    "LOCATION",
    "LOCATIONID",
    f"RECORDNO:i LOCATIONID:t NAME:t PARENTID:t PARENTKEY:i SUPERVISORID:t SUPERVISORNAME:t {contact('CONTACTINFO')} "
    f"STARTDATE:d ENDDATE:d STATUS:e CURRENCY:t CUSTTITLE:t TAXID:t {_AUDITED}",
    enums={"STATUS": STATUS},
    audited_by="LOCATIONID",
)
CLASS = _schema(
    "CLASS",
    "CLASSID",
    f"RECORDNO:i CLASSID:t NAME:t DESCRIPTION:t STATUS:e PARENTKEY:i PARENTID:t PARENTNAME:t {_AUDITED} {_OWNED} "
    "RECORD_URL:t",
    enums={"STATUS": STATUS},
    audited_by="CLASSID",
)
SODOCUMENT = _schema(
    "SODOCUMENT",
    "DOCID",
    "RECORDNO:i DOCNO:t DOCID:t DOCPARID:t CREATEDFROM:t STATE:e CUSTVENDID:t CUSTVENDNAME:t WHENCREATED:d "
    "WHENPOSTED:d WHENDUE:d CUSTOMERPONUMBER:t PONUMBER:t SHIPVIA:t TRACKINGNUMBER:t SHIPPEDDATE:d NEEDBYDATE:d "
    f"{contact('SHIPTO')} {contact('BILLTO')} MESSAGE:t TERM.NAME:t BASECURR:t CURRENCY:t EXCHRATE:n SUBTOTAL:n "
    f"TOTAL:n TRX_SUBTOTAL:n TRX_TOTAL:n AUWHENCREATED:s WHENMODIFIED:s CREATEDBY:i MODIFIEDBY:i {_OWNED} "
    "RECORD_URL:t",
    enums={"STATE": DOCUMENT_STATES},
    lines=("SODOCUMENTENTRY", "DOCHDRNO"),
    audited_by="DOCID",
)
SODOCUMENTENTRY = _schema(
    "SODOCUMENTENTRY",
    "RECORDNO",
    "RECORDNO:i DOCHDRNO:i DOCHDRID:t LINE_NO:i ITEMID:t ITEMNAME:t ITEMDESC:t UNIT:t QUANTITY:n UIQTY:n PRICE:n "
    "UIPRICE:n VALUE:n UIVALUE:n TRX_PRICE:n TRX_VALUE:n WAREHOUSE.LOCATION_NO:t WAREHOUSE.NAME:t MEMO:t "
    f"LOCATIONID:t LOCATIONNAME:t DEPARTMENTID:t DEPARTMENTNAME:t CLASSID:t CURRENCY:t {_AUDITED} RECORD_URL:t",
    relations={"SODOCUMENT": ("SODOCUMENT", "DOCHDRNO", "RECORDNO")},
)
AUDITHISTORY = _schema(
    "AUDITHISTORY",
    "ID",
    "ID:t USERID:t ACCESSTIME:s ACCESSMODE:e SOURCE:t OBJECTTYPE:t OBJECTKEY:t WORKFLOWACTION:t IPADDRESS:t",
    enums={"ACCESSMODE": ACCESS_MODES},
)
SCHEMAS = {
    each.name: each
    for each in (
        *(VENDOR, APBILL, APBILLITEM, GLACCOUNT, DEPARTMENT, LOCATION, CLASS),
        *(SODOCUMENT, SODOCUMENTENTRY, AUDITHISTORY),
    )
}
