"""Python's way to this SYSPRO's admin endpoint, for tests and the demo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from airflow_provider_mlconnector.sandbox import admin_client


class AdminClient(admin_client.AdminClient):
    """Tells a SYSPRO what happens. An event returns `table` and `key` of the records that it was about."""

    def insert(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        """Insert a row; columns that aren't given are blank."""
        answer: dict[str, Any] = self._post("/admin/insert", {"table": table, "row": row})
        return answer

    def update(self, table: str, key: list[Any], **changes: Any) -> dict[str, Any]:
        """Change columns of a row."""
        answer: dict[str, Any] = self._post("/admin/update", {"table": table, "key": key, "changes": changes})
        return answer

    def delete(self, table: str, key: list[Any]) -> None:
        """Delete a row."""
        self._post("/admin/delete", {"table": table, "key": key})

    def release(self, *, later: bool = True) -> int:
        """Do the work that the fault `late_work` holds back; returns how many requests that was.

        Args:
            later: also what is to be done at a later request.
        """
        done: int = self._post("/admin/release", {"later": later})["done"]
        return done

    def books(self) -> dict[str, Any]:
        """What was posted and set up through e.net since the beginning, money as exact texts.

        Returns:
            `posted`, every document in order; `references`, by business object how often each external reference was
            posted; `refused`, how many items of posts were not taken, and `refusals`, their references and errors.
        """
        answer: dict[str, Any] = self._get("/admin/books")
        return answer

    def rows(self, table: str, filter: str = "", select: str = "", top: int | None = None) -> Iterator[dict[str, Any]]:  # noqa: A002
        """A table's rows in key order, streamed; numbers are exact texts. `filter` and `select` as in OData."""
        options = {"table": table, "$filter": filter, "$select": select, "$top": top}
        return self._lines("/admin/rows", {name: value for name, value in options.items() if value not in ("", None)})
