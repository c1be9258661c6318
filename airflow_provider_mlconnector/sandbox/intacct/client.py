"""Python's way to the gateway's admin endpoint, for tests and the demo."""

from __future__ import annotations

from typing import Any

from airflow_provider_mlconnector.sandbox import admin_client


class AdminClient(admin_client.AdminClient):
    """Tells a gateway what happens. An event returns `object`, `recordno` and `key` of the records it was about."""

    def insert(self, object: str, row: dict[str, Any]) -> dict[str, str]:  # noqa: A002 - the field's word
        """Insert a record as it is given; fields that aren't given are null."""
        answer: dict[str, str] = self._post("/admin/insert", {"object": object, "row": row})
        return answer

    def update(self, object: str, recordno: int, **changes: Any) -> dict[str, str]:  # noqa: A002 - the field's word
        """Change fields of a record, and nothing else of it: not even WHENMODIFIED."""
        given = {"object": object, "recordno": recordno, "changes": changes}
        answer: dict[str, str] = self._post("/admin/update", given)
        return answer

    def delete(self, object: str, recordno: int) -> dict[str, str]:  # noqa: A002 - the field's word
        """Delete a record; AUDITHISTORY doesn't hear of it."""
        answer: dict[str, str] = self._post("/admin/delete", {"object": object, "recordno": recordno})
        return answer

    def revoke_sessions(self) -> int:
        """End every session; returns how many there were."""
        return int(self._post("/admin/sessions/revoke", {}))

    def rows(self, object: str, **equal: Any) -> list[dict[str, str]]:  # noqa: A002 - the field's word
        """An object's records by number, whoever may see them, as texts as `query` shows them; null is empty.

        Args:
            object: its name.
            equal: fields that have to be these texts, such as `RECORDKEY="1001"`.
        """
        return list(self._lines("/admin/rows", {"object": object, **equal}))
