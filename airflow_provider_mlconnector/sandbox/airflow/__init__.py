"""A real Airflow that is started for one demo, one look around or one test, and leaves nothing running behind."""

from __future__ import annotations

from airflow_provider_mlconnector.sandbox.airflow.client import TaskState
from airflow_provider_mlconnector.sandbox.airflow.throwaway import ThrowawayAirflow

__all__ = ["TaskState", "ThrowawayAirflow"]
