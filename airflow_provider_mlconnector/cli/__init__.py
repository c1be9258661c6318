"""What people do from a terminal: `airflow mlconnector ...`, or `mlconnector ...` where Airflow is older than 3.2."""
