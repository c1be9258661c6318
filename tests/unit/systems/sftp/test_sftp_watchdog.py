from __future__ import annotations

import threading

from airflow_provider_mlconnector.systems.sftp.watchdog import Watchdog


def test_silence_is_ended_once() -> None:
    bitten = threading.Event()
    watchdog = Watchdog(0.05, bitten.set)
    with watchdog.guard():
        assert bitten.wait(5)
    assert watchdog.bitten
    watchdog.stop()


def test_signs_of_life_and_rest_keep_it_quiet() -> None:
    bitten, pause = threading.Event(), threading.Event()
    watchdog = Watchdog(0.4, bitten.set)
    with watchdog.guard():
        for _ in range(10):
            pause.wait(0.05)
            watchdog.beat()
    # resting: nothing is expected, for longer than the limit
    assert not bitten.wait(0.6)
    watchdog.stop()
    assert not watchdog.bitten


def test_it_can_be_stopped_by_what_it_calls() -> None:
    done = threading.Event()

    def close() -> None:
        watchdog.stop()
        done.set()

    watchdog = Watchdog(0.05, close)
    with watchdog.guard():
        assert done.wait(5)
