"""The benchmarks at tiny sizes: each runs, and its figure is what it says it is. No test looks at how fast it was."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import create_autospec

import httpx
import pyarrow.compute as pc
import pytest

from airflow_provider_mlconnector.sandbox.airflow import ThrowawayAirflow
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from benchmarks import __main__ as harness
from benchmarks import bare_dag, empty_run, overlap, parsing, peak_memory, sftp, sftp_clients
from benchmarks.end_to_end import declaration
from benchmarks.prepared import PreparedSource, pages
from benchmarks.result import Result
from tests.servers.openssh import OpenSshServer

TINY = 0.001


def by_name(results: list[Result]) -> dict[str, Result]:
    found = {result.name: result for result in results}
    assert len(found) == len(results), "two figures have one name"
    return found


def test_results_are_shown_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[float, int]] = []

    def measure(share: float, repeat: int) -> list[Result]:
        asked.append((share, repeat))
        return [Result("rows", 300.0, "rows/s", "peer", 100.0), Result("alone", 0.25, "s")]

    monkeypatch.setattr(harness, "BENCHMARKS", {"rows": measure, "other": pytest.fail})
    monkeypatch.setattr(harness, "RESULTS", tmp_path / "bench-run")
    harness.main(["rows", "--rows", "1000", "--repeat", "2"])
    assert asked == [(1000 / harness.ROWS, 2)]
    said = capsys.readouterr().out
    assert "3.00" in said
    assert "cores; load average" in said
    written = json.loads((tmp_path / "bench-run" / "results.json").read_text())
    assert written == [
        {"name": "rows", "value": 300.0, "unit": "rows/s", "peer": "peer", "peer_value": 100.0, "ratio": 3.0},
        {"name": "alone", "value": 0.25, "unit": "s", "peer": None, "peer_value": None, "ratio": None},
    ]


def test_the_end_to_end_run_takes_its_share_of_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(harness, "rows_end_to_end", lambda rows, repeat: asked.append((rows, repeat)))
    harness.BENCHMARKS["rows_end_to_end_vs_dlt"](0.5, 3)
    assert asked == [(harness.ROWS // 2, 3)]


def test_prepared_pages_hold_every_invoice_once() -> None:
    declared = declaration()
    read = list(PreparedSource(pages(declared, range(0, 100, 10), size=4)).window("", "", None))
    assert [page.rows.num_rows for page in read] == [4, 4, 2]
    assert all(page.rows.schema == declared.schema() for page in read)
    keys = [tuple(row[name] for name in declared.key) for page in read for row in page.rows.to_pylist()]
    assert keys == sorted(set(keys))
    assert len(keys) == 10
    assert sum(pc.count(column, mode="only_null").as_py() for page in read for column in page.rows.columns) == 0


def test_peaks_are_those_of_the_child_whatever_its_parent_takes() -> None:
    held = bytearray(300 << 20)
    held[:: 4 << 10] = b"x" * len(held[:: 4 << 10])
    assert peak_memory.peak() > 300
    code = "from benchmarks.peak_memory import peak; print(peak())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 100


@pytest.mark.slow(reason="three processes that import Airflow, two of them with a sandbox and a whole flow")
def test_peak_memory_runs_whole_flows_and_compares_them() -> None:
    found = by_name(peak_memory.peak_memory_growth(TINY, 1))
    growth, beyond = found["peak_memory_growth"], found["peak_memory_growth_beyond_airflow"]
    assert (growth.peer, growth.unit) == ("200 rows", "MiB")
    assert beyond.peer_value is not None
    assert growth.value == pytest.approx(beyond.value + beyond.peer_value)
    assert 0 < beyond.peer_value < growth.value


def test_peak_memory_takes_the_median_of_the_small_runs_and_one_great_one(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([{"peak": 10.0}, {"peak": 90.0}, {"peak": 20.0}])
    peaks = {200_000: iter([60.0, 50.0, 70.0]), 2_000_000: iter([66.0])}
    monkeypatch.setattr(peak_memory, "_in_a_child", lambda _servers: next(answers))
    monkeypatch.setattr(peak_memory, "_whole_flow", lambda rows: next(peaks[rows]))
    growth, beyond = peak_memory.peak_memory_growth(1, 3)
    assert (growth.value, growth.peer_value, growth.ratio) == (66.0, 60.0, 1.1)
    assert (beyond.value, beyond.peer_value) == (46.0, 20.0)


@pytest.mark.parametrize("name", ["sqlite", "postgres"])
def test_the_overlap_check_polls_rows_that_are_all_known(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    measure = overlap.overlap_check_sqlite if name == "sqlite" else overlap.overlap_check_postgres
    found = by_name(measure(TINY, 2))
    assert capsys.readouterr().out.count(" 100 known rows in") == 2
    seconds, size = found[f"overlap_check_{name}"], found[f"overlap_check_{name}_ledger_size"]
    assert (seconds.unit, seconds.peer, seconds.ratio) == ("s", None, None)
    assert size.value > 32, "two hashes of 16 bytes lie in each row"


def test_the_overlap_check_refuses_a_figure_of_rows_that_are_not_known(tmp_path: Path) -> None:
    world = overlap.World(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path, 1000)
    with pytest.raises(SystemExit, match="100 known rows"):
        world.results("overlap", 0, 1)


def test_every_way_brings_the_same_bytes(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"0123456789" * 100_000)
    with OpenSshServer() as server:
        for name in ("openssh", "openssh_aes_gcm", "openssh_and_back", "with_paramiko", "with_asyncssh"):
            target = tmp_path / f"arrived_{name}"
            getattr(sftp_clients, name)(sftp_clients.Put(server, tmp_path, source, target))
            assert target.read_bytes() == source.read_bytes(), name


def test_deliveries_are_held_against_their_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    ours = sftp.delivered

    def watched(put: sftp_clients.Put, turn: str, verify: str) -> float:
        verified.append(verify)
        return ours(put, turn, verify)

    monkeypatch.setattr(sftp, "delivered", watched)
    found = by_name(sftp.sftp_vs_openssh(TINY, 2))
    assert verified == ["size", "sha256"] * 2
    plain, hashed = found.pop("sftp_vs_openssh"), found.pop("sftp_vs_openssh_sha256")
    assert {plain.unit, *(each.unit for each in found.values())} == {"MB/s"}
    assert {each.value for each in found.values()} == {plain.value}
    assert hashed.value != plain.value
    assert plain.ratio == plain.value / (plain.peer_value or 0)


def test_parsing_counts_the_same_tasks_on_both_sides(tmp_path: Path) -> None:
    tasks = parsing.parsed(parsing.DAGS / f"{parsing.FLOW}.py", tmp_path)["tasks"]
    bare = parsing.parsed(bare_dag.write(tmp_path, tasks), tmp_path)
    assert bare["tasks"] == tasks == empty_run.TASKS
    assert bare["milliseconds"] > 0


def test_parse_extra_is_the_difference_of_medians(monkeypatch: pytest.MonkeyPatch) -> None:
    times = {parsing.FLOW: [1.0, *[100.0, 300.0, 130.0] * parsing.TURNS], "bare_dag": [50.0, 60.0, 70.0] * 5}
    monkeypatch.setattr(parsing, "parsed", lambda file, _home: {"milliseconds": times[file.stem].pop(0), "tasks": 26})
    (extra,) = parsing.dag_parse_extra(1, 3)
    assert (extra.value, extra.peer_value, extra.peer) == (70.0, 60.0, "bare DAG of 26 tasks")


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[SysproSandbox, SftpSandbox]]:
    with SysproSandbox(scale=8) as syspro, SftpSandbox(tmp_path / "partner", {"partner": "partner"}) as partner:
        yield syspro, partner


def airflow_of(syspro: SysproSandbox, partner: SftpSandbox) -> ThrowawayAirflow:
    """An Airflow whose flow asks SYSPRO twice and the partner once a run, and takes 9 s, or 11; a bare DAG takes 4."""
    airflow = create_autospec(ThrowawayAirflow, instance=True)
    ends = iter(["09", "11", "09", "11"])
    runs: dict[str, str] = {}

    def trigger(dag_id: str) -> str:
        if dag_id == parsing.FLOW:
            for _ in range(2):
                httpx.get(f"{syspro.odata_base_url}/{syspro.company}/ApInvoice")
            socket.create_connection((partner.host, partner.port)).close()
        runs[dag_id] = next(ends) if dag_id == parsing.FLOW else "04"
        return dag_id

    airflow.trigger.side_effect = trigger
    airflow.wait.return_value = "success"
    airflow.task_states.return_value = dict.fromkeys(range(empty_run.TASKS))
    airflow.run.side_effect = lambda dag_id, _run: {
        "start_date": "2026-11-21T10:00:00Z",
        "end_date": f"2026-11-21T10:00:{runs[dag_id]}Z",
    }
    return airflow  # type: ignore[no-any-return]


def test_an_empty_run_is_counted_and_held_against_empty_tasks(servers: tuple[SysproSandbox, SftpSandbox]) -> None:
    world = empty_run.World(airflow_of(*servers), *servers)
    found = by_name(empty_run.measured(world, 3))
    extra = found["empty_run_extra"]
    assert (extra.value, extra.unit, extra.peer_value) == (7.0, "s", 4.0)
    assert found["empty_run_extra_syspro"].value == 2
    assert found["empty_run_extra_sftp"].value == 1


def test_a_failed_run_makes_no_figure(servers: tuple[SysproSandbox, SftpSandbox]) -> None:
    airflow = airflow_of(*servers)
    airflow.wait.return_value = "failed"  # type: ignore[attr-defined]
    with pytest.raises(SystemExit, match="failed"):
        empty_run.World(airflow, *servers).run(bare_dag.DAG_ID)
