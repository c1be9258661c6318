"""Batches at rest: private, whole or named as damaged, gone when they are removed."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_mlconnector.errors import IntegrityError, TransientError
from airflow_provider_mlconnector.staging import markers
from airflow_provider_mlconnector.staging.markers import Marker
from airflow_provider_mlconnector.staging.store import Staging, lane_folder
from tests.support.together import together

ROWS = pa.table(
    {
        "Amount": pa.array([Decimal("0.10"), None, Decimal(f"-{'9' * 35}.999")], pa.decimal128(38, 3)),
        "At": pa.array([0, None, 253_402_300_799_999_999], pa.timestamp("us")),
        "Key": pa.array([b"\x00" * 16, b"\xff" * 16, None], pa.binary(16)),
        "Lines": pa.array([[{"Sku": "ü"}], [], None], pa.list_(pa.struct([("Sku", pa.string())]))),
    }
)  # fmt: skip


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    return Staging(tmp_path / "staging")


def test_rows_come_back_with_their_exact_types(staging: Staging) -> None:
    part = staging.write_part("lane/batch", "rows.parquet", ROWS)
    found = staging.read_part("lane/batch", part)
    assert found.schema.equals(ROWS.schema)
    assert found.equals(ROWS)
    assert (part.rows, part.size) == (3, len(staging.read_bytes("lane/batch", "rows.parquet")))
    assert part.sha256 == sha256(staging.read_bytes("lane/batch", "rows.parquet")).hexdigest()


def test_nobody_else_may_look_in(staging: Staging, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        staging.write_part("lane/batch", "rows.parquet", ROWS)
        staging.write_json("lane/batch", "manifest.json", {})
        staging.writer("lane/output", "file").close()
        markers.write(staging, "lane", Marker("ledger", 1))
    finally:
        os.umask(before)
    everything = [tmp_path / "staging", *(tmp_path / "staging").rglob("*")]
    modes = {path.is_dir(): set() for path in everything}  # type: ignore[var-annotated]
    for path in everything:
        modes[path.is_dir()].add(stat.S_IMODE(path.stat().st_mode))
    assert modes == {True: {0o700}, False: {0o600}}


def test_what_is_damaged_is_named(staging: Staging, tmp_path: Path) -> None:
    part = staging.write_part("lane/batch", "rows.parquet", ROWS)
    digest = staging.write_json("lane/batch", "manifest.json", {"a": 1})
    for name in ("rows.parquet", "manifest.json"):
        file = tmp_path / "staging/lane/batch" / name
        file.write_bytes(file.read_bytes()[:-1] + b"!")
    with pytest.raises(IntegrityError, match=r"lane/batch.*rows\.parquet"):
        staging.read_part("lane/batch", part)
    with pytest.raises(IntegrityError, match=r"lane/batch.*manifest\.json"):
        staging.read_json("lane/batch", "manifest.json", digest)


def test_what_is_missing_is_named(staging: Staging) -> None:
    with pytest.raises(IntegrityError, match=r"lane/batch.*missing"):
        staging.read_bytes("lane/batch", "rows.parquet")


def test_a_place_that_can_t_be_written_is_a_transient_error(tmp_path: Path) -> None:
    (tmp_path / "staging").write_text("a file where the folder should be")
    with pytest.raises(TransientError, match="staging_path"):
        Staging(tmp_path / "staging").write_json("lane/batch", "manifest.json", {})


def test_a_folder_is_removed_whole_and_as_often_as_one_likes(staging: Staging, tmp_path: Path) -> None:
    for number in range(20):
        staging.write_json("lane/batch", f"{number}.json", {})
    together(4, lambda _: staging.remove("lane/batch"))
    assert not (tmp_path / "staging/lane/batch").exists()
    staging.remove("lane/batch")


def test_folders_are_found_by_their_age(staging: Staging) -> None:
    folder = staging.new_folder("flow/stream/target", "batch")
    staging.write_json(folder, "manifest.json", {})
    markers.write(staging, "flow/stream/target", Marker("ledger", 1))
    now = datetime.now(UTC).replace(tzinfo=None)
    assert staging.folders_before("flow/stream/target", now - timedelta(hours=1)) == []
    assert staging.folders_before("flow/stream/target", now + timedelta(hours=1)) == [folder]
    assert staging.folders_before("flow/stream/other", now + timedelta(hours=1)) == []


@given(st.text(max_size=30), st.text(max_size=30))
def test_every_lane_has_a_folder_of_its_own_with_a_plain_name(one: str, other: str) -> None:
    assert (lane_folder(one) == lane_folder(other)) is (one == other)
    assert all(sign.isascii() and (sign.isalnum() or sign in "._-") for sign in lane_folder(one))
    assert not lane_folder(one).startswith(".")


def test_the_greatest_marker_counts_whoever_writes_last(staging: Staging) -> None:
    for seq in (5, 12, 7):
        markers.write(staging, "lane", Marker("ledger", seq))
    assert markers.greatest(staging, "lane", {"ledger"}) == Marker("ledger", 12)
    assert markers.greatest(staging, "another lane", {"ledger"}) is None


def test_a_marker_of_another_ledger_is_looked_at_first(staging: Staging) -> None:
    markers.write(staging, "lane", Marker("mine", 99))
    markers.write(staging, "lane", Marker("other", 3))
    assert markers.greatest(staging, "lane", {"mine"}) == Marker("other", 3)
    assert markers.greatest(staging, "lane", {"other"}) == Marker("mine", 99)
    assert markers.greatest(staging, "lane", {"other", "mine"}) == Marker("mine", 99)


def test_markers_that_are_surpassed_go_away(staging: Staging) -> None:
    for seq in range(10):
        markers.write(staging, "lane", Marker("ledger", seq))
    assert len(staging.names(f"{lane_folder('lane')}/markers")) == 1


def test_markers_written_at_once_leave_the_greatest(staging: Staging) -> None:
    together(8, lambda one: markers.write(staging, "lane", Marker("ledger", one)))
    assert markers.greatest(staging, "lane", {"ledger"}) == Marker("ledger", 7)


def test_what_is_no_marker_is_passed_over(staging: Staging) -> None:
    staging.write_json(f"{lane_folder('lane')}/markers", "readme.txt", {})
    assert markers.greatest(staging, "lane", {"ledger"}) is None
