"""Deliver: files reach the partner once (rule 7)."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine import delivery_rules, failure_points, rules
from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.engine.delivery_rules import DeliveryState, DeliveryStep
from airflow_provider_mlconnector.engine.freezing import Destination, Frozen, freeze
from airflow_provider_mlconnector.engine.outputs import Output
from airflow_provider_mlconnector.engine.site import OpenBytes, OpenSite, Site, holds
from airflow_provider_mlconnector.errors import InDoubtError, IntegrityError, TransientError
from airflow_provider_mlconnector.ledger import deliveries, lanes
from airflow_provider_mlconnector.ledger.audit import Event
from airflow_provider_mlconnector.ledger.batches import Batch
from airflow_provider_mlconnector.ledger.deliveries import Delivery

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DeliverySettings:
    """How files are delivered.

    Attributes:
        verify: how the temporary file is verified: by its size, or by reading it back for its SHA-256.
        partner_removes_files: whether the partner takes files away once read.
        next_name: the name to try when a foreign file has this one.
        finish: what is done at the site before the rename (permissions), given the temporary name.
        accompany: what is done at the site after the rename (sidecar, done file, archive copy), given the delivery and
            a way to open its bytes.
    """

    verify: str = "size"
    partner_removes_files: bool = False
    next_name: Callable[[Delivery], str] = lambda delivery: suffixed(delivery.name)
    finish: Callable[[Site, str], None] = lambda _site, _name: None
    accompany: Callable[[Site, Delivery, OpenBytes], None] = lambda _site, _delivery, _open: None


@dataclass(frozen=True)
class Delivered:
    """What a deliver task has done: the batch and its files, in their order; no batch where it was superseded."""

    batch: Batch | None
    seq: int
    files: tuple[Delivery, ...] = ()


def deliver(
    context: LaneContext,
    reference: tuple[int | None, dict[str, object] | None],
    destination: Destination,
    open_site: OpenSite,
    settings: DeliverySettings,
) -> Delivered:
    """Freeze the run's batch and bring its files to the partner.

    Args:
        context: who delivers.
        reference: the batch's id and the output's reference, as XCom names them.
        destination: where the files go, if this try freezes the batch.
        open_site: connects to where the freeze has sent the batch, which need not be `destination` any more; only
            called where there is something to send.
        settings: how files are delivered.

    Raises:
        InDoubtError: a file was being renamed, and is neither here nor there.
        IntegrityError: see `freeze`; or what lies at the partner is not what was sent.
        TransientError: the partner did not answer.
    """
    frozen = freeze(context, reference[0], reference[1], destination)
    failure_points.reach("frozen")
    if frozen.batch is None or frozen.output is None:
        log.info(
            "the batch of this run is %s; nothing to deliver", frozen.batch.state if frozen.batch else "superseded"
        )
        return Delivered(frozen.batch, frozen.seq, _files(context, frozen.batch))
    files = _files(context, frozen.batch)
    open_files = [file for file in files if file.state not in delivery_rules.DELIVERED]
    if open_files:
        with open_site(Destination(open_files[0].partner, open_files[0].folder)) as site:
            for file in open_files:
                _Try(context, frozen, frozen.output, file, site, settings).run()
    else:
        log.info("nothing to send")
    return Delivered(frozen.batch, frozen.seq, _files(context, frozen.batch))


def suffixed(name: str) -> str:
    """The next name after one that somebody else has taken: `export.csv`, `export-2.csv`, `export-3.csv`."""
    stem, dot, ending = name.partition(".")
    base, dash, number = stem.rpartition("-")
    if dash and number.isdigit() and len(number) < 3:
        return f"{base}-{int(number) + 1}{dot}{ending}"
    return f"{stem}-2{dot}{ending}"


def _files(context: LaneContext, batch: Batch | None) -> tuple[Delivery, ...]:
    if batch is None:
        return ()
    with context.ledger.read() as connection:
        return tuple(deliveries.of_batch(connection, batch.id))


class _Try:
    """One try of one file."""

    def __init__(
        self,
        context: LaneContext,
        frozen: Frozen,
        output: Output,
        delivery: Delivery,
        site: Site,
        settings: DeliverySettings,
    ) -> None:
        self._context = context
        self._frozen = frozen
        self._output = output
        self._delivery = delivery
        self._site = site
        self._settings = settings

    def run(self) -> None:
        """Bring the file to its place, from wherever an earlier try has left it."""
        with self._context.ledger.write() as connection:
            deliveries.count_try(connection, self._delivery.id)
        step = self._step()
        while step is DeliveryStep.NEXT_NAME:
            self._take_next_name()
            step = self._step()
        if step is DeliveryStep.ASK:
            raise self._doubt()
        if step is DeliveryStep.UPLOAD:
            temporary = self._upload()
            self._begin_renaming(temporary)
            self._rename(temporary)
        elif step is DeliveryStep.RENAME:
            self._verify(self._delivery.temporary_name)
            self._rename(self._delivery.temporary_name)
        if step is not DeliveryStep.DONE:
            self._confirm()

    def _step(self) -> DeliveryStep:
        file = self._delivery
        there = self._site.stat(file.name)
        ours = holds(self._site, file, there)
        recorded = bool(file.temporary_name) and self._site.stat(file.temporary_name) is not None
        return delivery_rules.delivery_step(
            DeliveryState(file.state),
            final_is_ours=ours,
            final_exists=there is not None,
            recorded_temporary_exists=recorded,
            partner_removes_files=self._settings.partner_removes_files,
        )

    def _take_next_name(self) -> None:
        taken, name = self._delivery.name, self._settings.next_name(self._delivery)
        log.warning("%s is taken at the partner by a file that is not ours; this one becomes %s", taken, name)
        with self._changing("renamed", f"'{taken}' was taken by a file that is not ours") as connection:
            if not deliveries.rename(connection, self._delivery.id, name):
                raise _overtaken(self._delivery)

    def _upload(self) -> str:
        file = self._delivery
        temporary = f".{file.name}.{uuid.uuid4().hex[:12]}.part"
        started = time.monotonic()
        with self._open_bytes() as source:
            self._site.upload(temporary, source, file.size)
        failure_points.reach("uploaded")
        self._verify(temporary)
        self._settings.finish(self._site, temporary)
        seconds = max(time.monotonic() - started, 1e-6)
        log.info(
            "%s: %d bytes uploaded in %.1f s (%.1f MB/s)", file.name, file.size, seconds, file.size / seconds / 1e6
        )
        failure_points.reach("verified")
        return temporary

    def _open_bytes(self) -> AbstractContextManager[BinaryIO]:
        return self._context.staging.open(self._output.folder, self._delivery.staged_name)

    def _verify(self, temporary: str) -> None:
        there = self._site.stat(temporary)
        if there is None or there.size != self._delivery.size:
            found = "nothing" if there is None else f"{there.size} bytes"
            raise TransientError(f"{self._delivery.name}: {self._delivery.size} bytes were sent, {found} arrived")
        if self._settings.verify == "sha256" and self._site.sha256(temporary) != self._delivery.sha256:
            raise TransientError(f"{self._delivery.name}: what arrived has another SHA-256 than what was sent")

    def _begin_renaming(self, temporary: str) -> None:
        """Rule 7: `prepared -> renaming` by compare-and-set, with the name that will be renamed; then the marker."""
        try:
            with self._changing("renaming", temporary) as connection:
                done = deliveries.change_state(
                    connection, self._delivery.id, [deliveries.PREPARED], deliveries.RENAMING, temporary_name=temporary
                )
                if not done:
                    raise _overtaken(self._delivery)
        except IntegrityError:
            self._site.remove(temporary)
            raise
        failure_points.reach("renaming")

    def _rename(self, temporary: str) -> None:
        self._site.rename_new(temporary, self._delivery.name)
        failure_points.reach("renamed")

    def _confirm(self) -> None:
        self._settings.accompany(self._site, self._delivery, self._open_bytes)
        failure_points.reach("accompanied")
        with self._changing("delivered", f"{self._delivery.size} bytes, SHA-256 {self._delivery.sha256}") as connection:
            states = [deliveries.PREPARED, deliveries.RENAMING]
            deliveries.change_state(connection, self._delivery.id, states, deliveries.CONFIRMED)
        log.info("%s is at the partner: %d rows", self._delivery.name, self._delivery.rows)
        failure_points.reach("confirmed")

    @contextmanager
    def _changing(self, event: str, detail: str) -> Iterator[Connection]:
        """A transaction that requires the batch to be `sending`; bumps the lane, audits, and marks once it is done."""
        with self._context.ledger.write() as connection:
            lane = self._context.lock(connection)
            batch = self._context.batch_of(connection, lane, self._delivery.batch_id)
            if batch is None or batch.state != rules.BatchState.SENDING:
                raise _overtaken(self._delivery)
            yield connection
            seq = lanes.bump(connection, lane.id)
            renewed = deliveries.get(connection, self._delivery.id) or self._delivery
            self._delivery = renewed
            self._context.record(
                connection,
                lane,
                Event(
                    event,
                    renewed.name,
                    system=renewed.partner,
                    rows=renewed.rows,
                    totals=renewed.totals,
                    detail=detail,
                    batch_id=renewed.batch_id,
                ),
            )
        self._context.mark(seq)

    def _doubt(self) -> InDoubtError:
        file = self._delivery
        return InDoubtError(
            f"{file.name} was being renamed at {file.partner}, and now neither it nor {file.temporary_name} is there "
            "with the bytes that were sent.",
            f"Ask the partner. If they have it: 'airflow mlconnector deliveries confirm {file.id}'. If not: "
            f"'airflow mlconnector deliveries again {file.id}', then clear this task.",
        )


def _overtaken(delivery: Delivery) -> IntegrityError:
    return IntegrityError(
        f"{delivery.name}: another try of this task, or a person, has taken this delivery over.",
        "Nothing is lost; clear this task if the run does not go on.",
    )
