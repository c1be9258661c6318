"""Attempts packed into calls: no more than fit a URL, or a body where `http_method` is POST (sheet 1.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlencode

from airflow_provider_mlconnector.systems.syspro.config import SysproConfig
from airflow_provider_mlconnector.systems.syspro.enet import EnetClient
from airflow_provider_mlconnector.systems.syspro.posting.kind import Call


class Room:
    """How much fits into one call.

    Args:
        config: the connection.
        client: measures requests.
        max_body_bytes: longest body.
    """

    def __init__(self, config: SysproConfig, client: EnetClient, max_body_bytes: int) -> None:
        self._posted = config.http_method == "POST"
        self._client = client
        self._limit = max_body_bytes if self._posted else config.max_url_bytes

    def fill(self, empty: Call, items: Sequence[str], most: int) -> Iterator[int]:
        """How many items go into each call, in their order: an item that is too large by itself goes alone.

        Args:
            empty: the call without items.
            items: their XML, in ASCII.
            most: most items of one call.
        """
        base, count, used = self._used(empty), 0, 0
        for item in items:
            size = len(quote(item, safe=""))
            if count and (count == most or base + used + size > self._limit):
                yield count
                count, used = 0, 0
            count, used = count + 1, used + size
        if count:
            yield count

    def complaint(self, empty: Call, item: str) -> str:
        """Why one item alone does not fit into a call; empty where it fits."""
        size = self._used(empty) + len(quote(item, safe=""))
        if size <= self._limit:
            return ""
        if self._posted:
            return f"the document takes {size} bytes, more than the {self._limit} of max_body_bytes"
        return (
            f"the document takes {size} bytes of the URL, more than the {self._limit} of max_url_bytes; "
            "set http_method to POST where the server allows it, or shorten the document"
        )

    def _used(self, call: Call) -> int:
        form = {"BusinessObject": call.business_object, "XmlParameters": call.parameters, "XmlIn": call.document}
        return len(urlencode(form)) if self._posted else self._client.request_bytes(call.path, form)
