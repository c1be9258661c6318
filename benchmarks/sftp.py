"""Delivery of one big file, as the deliver task does it, against OpenSSH's own client and the Python libraries."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.engine.delivering import deliver
from airflow_provider_mlconnector.engine.freezing import Destination
from airflow_provider_mlconnector.engine.outputs import Output, OutputFile
from airflow_provider_mlconnector.engine.polling import PollRequest, poll
from airflow_provider_mlconnector.ledger import batches
from airflow_provider_mlconnector.ledger.audit import Actor
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.lanes import LaneName
from airflow_provider_mlconnector.pipeline.sending import VERIFY, Sending
from airflow_provider_mlconnector.staging.store import Staging
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
from airflow_provider_mlconnector.systems.sftp.site import PartnerSite
from benchmarks import sftp_clients
from benchmarks.end_to_end import declaration
from benchmarks.prepared import PreparedSource, pages
from benchmarks.result import Result
from benchmarks.sftp_clients import Put
from tests.servers.openssh import OpenSshServer

_SIZE = 1 << 30
_BLOCK = 1 << 20


@dataclass(frozen=True)
class _Peer:
    """Another way to bring the file there, and which verification of ours it is held against."""

    name: str
    shown: str
    bring: Callable[[Put], None]
    verify: str = "size"


_PEERS = (
    _Peer("sftp_vs_openssh", "sftp (OpenSSH)", sftp_clients.openssh),
    _Peer("sftp_vs_openssh_sha256", "sftp there and back, SHA-256", sftp_clients.openssh_and_back, "sha256"),
    _Peer("sftp_vs_openssh_aes_gcm", "sftp -c aes128-gcm", sftp_clients.openssh_aes_gcm),
    _Peer("sftp_vs_paramiko", "paramiko putfo, aes128-gcm", sftp_clients.with_paramiko),
    _Peer("sftp_vs_asyncssh", "asyncssh put, aes128-gcm", sftp_clients.with_asyncssh),
)


def sftp_vs_openssh(share: float, repeat: int) -> list[Result]:
    """MB/s of each, measured in turns."""
    rates: dict[str, list[float]] = defaultdict(list)
    with OpenSshServer() as server, tempfile.TemporaryDirectory(prefix="mlconnector-bench-", dir=_memory()) as name:
        folder = Path(name)
        put = Put(server, folder, folder / "source", folder / "arrived")
        size = _fill(put.source, round(_SIZE * share))
        for turn in range(repeat):
            for verify in VERIFY:
                rates[verify].append(size / delivered(put, f"{turn} {verify}", verify) / 1e6)
            for peer in _PEERS:
                rates[peer.name].append(size / _timed(put, partial(peer.bring, put)) / 1e6)
            print(f"{turn + 1}/{repeat} MB/s: {', '.join(f'{of} {rate[-1]:.0f}' for of, rate in rates.items())}")
    rate = {of: median(measured) for of, measured in rates.items()}
    return [Result(peer.name, rate[peer.verify], "MB/s", peer.shown, rate[peer.name]) for peer in _PEERS]


def _memory() -> str | None:
    """Where files lie in memory, so that no disk is measured; the usual place where there is no such room."""
    memory = Path("/dev/shm")  # noqa: S108 - only inside a folder of our own
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 5 * _SIZE
    return str(memory) if roomy else None


def _fill(file: Path, size: int) -> int:
    with file.open("wb") as content:
        for _ in range(max(1, size // _BLOCK)):
            content.write(os.urandom(_BLOCK))
    return file.stat().st_size


def _timed(put: Put, bring: Callable[[], None]) -> float:
    """Seconds of one transfer, whose result is held against the source by its size, and removed."""
    started = time.perf_counter()
    bring()
    seconds = time.perf_counter() - started
    if put.target.stat().st_size != put.source.stat().st_size:
        raise SystemExit(f"{put.target.stat().st_size} bytes arrived")
    put.target.unlink()
    return seconds


def delivered(put: Put, turn: str, verify: str) -> float:
    """Seconds that the engine takes for a staged file: sign-in, freeze, upload, verification, rename, confirmation."""
    ledger, staging = Ledger(f"sqlite:///{put.folder / 'ledger.db'}"), Staging(put.folder / "staging")
    lane = LaneName("bench", "ap_invoices", "partner", turn)
    context = LaneContext(ledger, staging, lane, Actor("run", "deliver", 1, "bench"))
    batch, output = _staged(context, put)
    server, reference = put.server, {"batch": batch, "folder": output.folder, "sha256": output.write(staging)}
    keys = {"private_key": server.client_key, "host_key": server.host_key()}
    partner = PartnerConfig.from_fields(server.host, server.port, server.user, None, keys)
    target, settings = str(put.target.parent), Sending(verify).settings()

    def bring() -> None:
        destination = Destination("partner", target)
        deliver(context, (batch, reference), destination, lambda to: PartnerSite(partner, to.folder), settings)

    seconds = _timed(put, bring)
    staging.remove(output.folder)
    return seconds


def _staged(context: LaneContext, put: Put) -> tuple[int, Output]:
    """A batch of one record, whose file is the big one."""
    declared = declaration()
    source = PreparedSource(pages(declared, range(1)))
    staged = poll(context, PollRequest(declared, source, "UTC", lambda _run: True))
    with context.ledger.read() as connection:
        batch = batches.get(connection, staged.batch)
    assert batch is not None
    folder = context.staging.new_folder(str(context.name), "output")
    with put.source.open("rb") as source_file, context.staging.create(folder, "file") as writer:
        shutil.copyfileobj(source_file, writer, _BLOCK)
    file = OutputFile(
        name=put.target.name,
        staged_name="file",
        group="",
        size=writer.size,
        sha256=writer.sha256,
        fingerprint=writer.sha256,
        rows=1,
        records=1,
        totals=batch.totals,
    )
    output = Output(
        made_from=batch.manifest_sha256, folder=folder, files=[file], refused=[], records=1, totals=batch.totals
    )
    return batch.id, output
