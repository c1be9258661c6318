"""A DAG whose tasks do nothing, with as many of them as the one that is measured: what Airflow itself takes."""

from __future__ import annotations

from pathlib import Path

DAG_ID = "bare"
# Not EmptyOperator: the scheduler marks that as done without running it. Chains as long as a stream's task group.
_FILE = """
from airflow.sdk import DAG, BaseOperator


class Nothing(BaseOperator):
    def execute(self, context):
        return None


with DAG(dag_id="{dag_id}", schedule=None, max_active_runs=1) as dag:
    last = Nothing(task_id="last")
    for number in range({tasks} - 1):
        task = Nothing(task_id=f"task_{{number}}")
        if number % 5:
            before >> task
        if number % 5 == 4:
            task >> last
        before = task
"""


def write(folder: Path, tasks: int) -> Path:
    """Write the file; returns where it lies."""
    file = folder / "bare_dag.py"
    file.write_text(_FILE.format(dag_id=DAG_ID, tasks=tasks), encoding="utf-8")
    return file
