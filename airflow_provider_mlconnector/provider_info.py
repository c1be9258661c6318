"""What Airflow reads of this provider. Imports nothing of Airflow."""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Describe this provider, as Airflow's providers manager expects it."""
    return {
        "package-name": "airflow-provider-mlconnector",
        "name": "mlconnector",
        "description": "Move finance and procurement records between SYSPRO and SFTP partners, exactly once.",
        "versions": ["0.1.0"],
    }
