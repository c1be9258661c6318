"""e.net over SOAP 1.1 (WCF's basicHttp): the same operations and strings in envelopes (SYSPRO sheet 1.7).

Operations and their arguments are known from the WSDL; where the service lies over HTTP differs per install, and that
it is plain basicHttp is by inference.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from lxml import etree

NAMESPACE = "http://SYSPROWcfService"
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_OPERATIONS = {
    "Logon": "logon",
    "Logoff": "logoff",
    "GetLogonProfile": "getlogonprofile",
    "GetVersion": "getversion",
    "QueryQuery": "query/query",
    "QueryBrowse": "query/browse",
    "QueryFetch": "query/fetch",
    "SetupAdd": "setup/add",
    "SetupUpdate": "setup/update",
    "SetupDelete": "setup/delete",
    "TransactionPost": "transaction/post",
}


def asked(body: bytes) -> tuple[str, dict[str, str]]:
    """The operation that an envelope holds, as REST names it, and its arguments by lower-cased name.

    Returns:
        An empty operation where it is no envelope with an operation of the service.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        call = etree.fromstring(body, parser).find(f"{{{_ENVELOPE}}}Body/*")
    except etree.XMLSyntaxError:
        return "", {}
    if call is None or etree.QName(call).namespace != NAMESPACE:
        return "", {}
    given = call.iterchildren(f"{{{NAMESPACE}}}*")
    arguments = {etree.QName(each).localname.lower(): each.text or "" for each in given}
    return _OPERATIONS.get(etree.QName(call).localname, ""), arguments


def answered(operation: str, text: str) -> bytes:
    """An answer's envelope, in UTF-8."""
    name = next(soap for soap, rest in _OPERATIONS.items() if rest == operation)
    # Windows-1252's own prolog stays within the string, as WCF sends it.
    result = f"<{name}Result>{escape(text)}</{name}Result>"
    inner = f'<{name}Response xmlns="{NAMESPACE}">{result}</{name}Response>'
    return f'<s:Envelope xmlns:s="{_ENVELOPE}"><s:Body>{inner}</s:Body></s:Envelope>'.encode()


def fault() -> bytes:
    """The envelope that says that nobody knows the action (invented, after WCF's)."""
    text = "<faultcode>s:Client</faultcode><faultstring>The message cannot be processed at the receiver.</faultstring>"
    return f'<s:Envelope xmlns:s="{_ENVELOPE}"><s:Body><s:Fault>{text}</s:Fault></s:Body></s:Envelope>'.encode()
