"""Servers that behave like the real systems, a throwaway Airflow, and the demo. Needs the extra `sandbox`."""
