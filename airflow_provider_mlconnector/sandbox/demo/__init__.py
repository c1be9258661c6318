"""The demo: a flow on a real Airflow against the sandbox, three runs, and what became of every record."""
