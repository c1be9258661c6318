"""The demo: a flow on a real Airflow against the sandbox, run by run, and what became of every record."""
