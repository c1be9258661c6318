"""Airflow connections become clients of the outside systems."""
