"""Apache Airflow provider for finance and procurement data.

Nothing is imported here: Airflow loads the provider's description while it is itself half imported.
"""
