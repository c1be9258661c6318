"""The connection forms of this provider, as data: what the Airflow UI asks for, with labels, help and defaults.

The one source of these forms. Airflow 3.2 and later read it through `provider_info`; for Airflow 3.1 `hooks.form` makes
the older Python methods of it. Imports nothing of Airflow.
"""

from __future__ import annotations

from typing import Any

from airflow_provider_mlconnector.connection_forms.intacct import INTACCT
from airflow_provider_mlconnector.connection_forms.stampli import STAMPLI
from airflow_provider_mlconnector.connection_forms.syspro import SYSPRO

__all__ = ["CONNECTION_TYPES", "INTACCT", "STAMPLI", "SYSPRO", "connection_type"]

CONNECTION_TYPES: tuple[dict[str, Any], ...] = (SYSPRO, INTACCT, STAMPLI)


def connection_type(name: str) -> dict[str, Any]:
    """Find the form of one connection type.

    Args:
        name: the connection type, `syspro` for example.

    Returns:
        The entry of `connection-types` as provider info holds it.

    Raises:
        KeyError: this provider declares no such connection type.
    """
    for declared in CONNECTION_TYPES:
        if declared["connection-type"] == name:
            return declared
    raise KeyError(name)
