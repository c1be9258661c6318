"""What the database calls plainly known is what rule 3 calls known: on both databases, over many histories of a key."""

from __future__ import annotations

from pathlib import Path
from random import Random

from sqlalchemy import text
from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine.judging import Bench
from airflow_provider_mlconnector.engine.rules import Verdict
from airflow_provider_mlconnector.ledger import batches, claims, lanes
from airflow_provider_mlconnector.ledger.key_page import KeyPage
from airflow_provider_mlconnector.streams.fingerprint import hash_version, key_hash
from tests.support.engine_world import LANE, World, declaration

KEYS = 600
VERSIONS = [key_hash(name) for name in "AB"]
STATES = (batches.STAGED, batches.SENDING, *[batches.COMMITTED] * 6, batches.SUPERSEDED, batches.ABANDONED)


def test_what_is_plainly_known_is_known(tmp_path: Path, ledger_url: str) -> None:
    world, random, made_of = World(tmp_path, url=ledger_url), Random(5), hash_version(declaration())
    keys = [key_hash(str(number)) for number in range(KEYS)]
    with world.ledger.write() as connection:
        lane = lanes.lock(connection, LANE)
        made = [batch(connection, lane.id, state, how) for state in STATES for how in (made_of, "1")]
        rows = [
            {"key": key, "batch": one, "version": random.choice(VERSIONS), "mark": random.choice((0, 0, 0, 1, 2)),
             "open": random.random() < 0.3}
            for key in keys for one in random.sample(made, random.choice((0, 1, 1, 1, 2)))
        ]  # fmt: skip
        query = text(
            "INSERT INTO claim (lane_id, key_hash, batch_id, version_hash, key, mark, is_open)"
            " VALUES (:lane, :key, :batch, :version, 'k', :mark, :open)"
        )
        connection.execute(query, [{"lane": lane.id, **row} for row in rows])
        page = KeyPage(
            keys, [random.choice(VERSIONS) for _ in keys], ["k/ü"] * KEYS, [random.random() < 0.3 for _ in keys]
        )
        plain = claims.plainly_known(connection, lane.id, made_of, page)
        known = claims.of_keys(connection, lane.id, keys)
    bench = Bench(lane.id, declaration(), made_of, 0, frozenset(), frozenset())
    assert len(plain) > KEYS // 50
    for place in plain:
        history = known[keys[place]]
        assert bench.judge(page.versions[place], keys[place], history, None).verdict is Verdict.KNOWN
        assert any(row.is_open for row in history) is page.is_open[place]


def batch(connection: Connection, lane_id: int, state: str, made_of: str) -> int:
    number = batches.add(
        connection, lane_id=lane_id, run_id="run", dag_id="dag", folder="f", manifest_sha256="s", low="", high="",
        safe_to=None, generation=1, hash_version=made_of, began_seq=0, claimed_seq=0, rows=0, counts={}, totals={},
    )  # fmt: skip
    batches.change_state(connection, number, batches.STAGED, state)
    return number
