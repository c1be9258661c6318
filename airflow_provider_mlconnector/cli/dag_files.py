"""DAGs as their files make them, for commands that look at one without running it."""

from __future__ import annotations

from typing import Any

from airflow_provider_mlconnector.errors import ConfigurationError


def dag_of(dag_id: str, folder: str) -> Any:
    """The DAG with this id.

    Args:
        dag_id: the DAG.
        folder: where DAG files lie; empty for Airflow's own folder.

    Raises:
        ConfigurationError: no file there makes it; the message tells of files that can't be imported.
    """
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:  # Airflow 3.1
        from airflow.models.dagbag import DagBag  # type: ignore[no-redef]

    from airflow.providers.common.compat.sdk import conf

    bag = DagBag(folder or conf.get("core", "dags_folder"))
    found = bag.dags.get(dag_id)
    if found is None:
        broken = "; ".join(
            f"{file}: {str(error).strip().splitlines()[-1]}" for file, error in bag.import_errors.items()
        )
        raise ConfigurationError(f"no DAG file makes {dag_id}. {f'Not imported: {broken}' if broken else ''}".strip())
    return found
