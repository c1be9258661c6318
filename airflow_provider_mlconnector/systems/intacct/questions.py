"""The functions that are asked: query, readByQuery, readMore and lookup (sheet 1.5 to 1.7)."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from airflow_provider_mlconnector.systems.intacct import filters
from airflow_provider_mlconnector.systems.intacct.envelope import element
from airflow_provider_mlconnector.systems.intacct.filters import Filter
from airflow_provider_mlconnector.systems.intacct.table import RECORD, ObjectRead


def query(
    read: ObjectRead, where: Filter, page_size: int, *, show_private: bool, offset: int = 0, order: str = RECORD
) -> etree._Element:
    """A page of an object, in order.

    Args:
        read: object, columns and the column that orders them first.
        where: which rows.
        page_size: how many at most.
        show_private: whether rows that are private to an entity are wanted at the top level.
        offset: rows to be left out at the beginning.
        order: the column that orders them last.
    """
    parts = [element("object", read.name), element("select", *(element("field", name) for name in read.columns))]
    condition = filters.to_xml(where, read.kinds())
    if condition is not None:
        parts.append(element("filter", condition))
    ordered = [name for name in (read.order, order) if name]
    parts.append(element("orderby", *(_ascending(name) for name in ordered)))
    parts.append(element("options", element("showprivate", "true" if show_private else "false")))
    parts += [element("pagesize", str(page_size)), element("offset", str(offset))]
    if read.document_type:
        parts.append(element("docparid", read.document_type))
    return element("query", *parts)


def read_by_query(read: ObjectRead, where: Filter, page_size: int) -> etree._Element:
    """The first page of an object, in no order that is promised."""
    parts = [
        element("object", read.name),
        element("fields", ",".join(read.columns)),
        element("query", filters.to_text(where, read.kinds())),
        element("pagesize", str(page_size)),
    ]
    if read.document_type:
        parts.append(element("docparid", read.document_type))
    return element("readByQuery", *parts)


def read_more(result_id: str) -> etree._Element:
    """The next page of a `readByQuery`."""
    return element("readMore", element("resultId", result_id))


def lookup(name: str, document_type: str = "") -> etree._Element:
    """Fields and relationships of an object, as this company and user have them."""
    parts: Mapping[str, str] = {"object": name} | ({"docparid": document_type} if document_type else {})
    return element("lookup", *(element(tag, text) for tag, text in parts.items()))


def _ascending(name: str) -> etree._Element:
    return element("order", element("field", name), element("ascending"))
