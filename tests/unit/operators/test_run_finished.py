"""Whether another run is over, as Airflow's answers tell it."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from airflow.sdk.api.datamodels._generated import DagRunState
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.operators.poll import run_finished


def refused(status: int | None) -> AirflowRuntimeError:
    return AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail={"status_code": status}))


def of(dag_id: str, run_key: str) -> Batch:
    batch: Batch = create_autospec(Batch, instance=True, dag_id=dag_id, run_id=run_key)
    return batch


@pytest.mark.parametrize(
    ("answer", "over"),
    [
        (DagRunState.SUCCESS, True),
        (DagRunState.FAILED, True),
        (DagRunState.RUNNING, False),
        (DagRunState.QUEUED, False),
        (refused(404), True),
        (refused(500), False),
        (refused(None), False),
    ],
)
def test_a_run_is_over_when_airflow_says_so_or_no_longer_knows_it(answer: object, over: bool) -> None:
    # dag_id is a model's field, which a class's spec does not show.
    ti = create_autospec(RuntimeTaskInstance, instance=True, dag_id="copy")
    ti.get_dagrun_state.side_effect = [answer]
    assert run_finished(ti, "flow")(of("copy", "copy/manual__1")) is over
    ti.get_dagrun_state.assert_called_once_with(dag_id="copy", run_id="manual__1")


def test_the_run_of_another_dags_batch_is_asked_for_by_that_dag() -> None:
    ti = create_autospec(RuntimeTaskInstance, instance=True, dag_id="copy")
    ti.get_dagrun_state.side_effect = [DagRunState.RUNNING, DagRunState.FAILED]
    assert not run_finished(ti, "flow")(of("flow", "manual__1"))
    assert run_finished(ti, "flow")(of("third", "third/manual__1"))
    asked = [call.kwargs for call in ti.get_dagrun_state.call_args_list]
    assert asked == [{"dag_id": "flow", "run_id": "manual__1"}, {"dag_id": "third", "run_id": "manual__1"}]
