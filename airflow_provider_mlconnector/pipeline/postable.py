"""What is posted of a batch: the mapped rows as they are, laid down as the batch's output."""

from __future__ import annotations

from typing import Any

from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.engine.outputs import Documents, Output
from airflow_provider_mlconnector.errors import IntegrityError
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.pipeline.mapped import Mapped
from airflow_provider_mlconnector.streams import totals


def lay_down(context: LaneContext, batch: Batch, mapped: Mapped) -> dict[str, Any]:
    """Make the output of a batch that is posted; returns its reference: batch, folder and hash.

    Raises:
        IntegrityError: the rows were made from another state of the batch.
    """
    if mapped.made_from != batch.manifest_sha256:
        raise IntegrityError(
            f"the mapped rows were not made from this run's batch {batch.id} as it is now.",
            "Clear this run's map task with its downstream tasks.",
        )
    folder = context.staging.new_folder(str(context.name), "output")
    output = Output(
        made_from=batch.manifest_sha256,
        folder=folder,
        files=[],
        refused=list(mapped.refused),
        records=mapped.records,
        totals=totals.to_json(mapped.totals),
        refused_totals=totals.to_json(mapped.refused_totals),
        fingerprints=dict(mapped.fingerprints),
        documents=Documents(mapped.folder, list(mapped.parts)),
    )
    return {"batch": batch.id, "folder": folder, "sha256": output.write(context.staging)}
