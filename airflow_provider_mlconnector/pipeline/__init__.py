"""The steps between poll and deliver: a batch is mapped, and becomes files. Knows nothing of Airflow."""
