"""A try that sleeps just before its rename, while a person decides that the partner has nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_mlconnector.engine import people
from airflow_provider_mlconnector.engine.delivering import DeliverySettings
from airflow_provider_mlconnector.errors import ConfigurationError
from tests.support.airflow_model import Pid
from tests.support.engine_looks import files, items, killed
from tests.support.engine_world import World, row
from tests.support.scene import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.close()


def sleeping(scene: Scene, *, removes: bool) -> tuple[int, Pid]:
    scene.world.door.removes = removes
    scene.world.settings = DeliverySettings(partner_removes_files=removes)
    scene.put(1, "A")
    run = scene.begin()
    scene.through(run, "format")
    scene.go(run, "deliver", "rename")
    return run, scene.pause(run, "deliver")


def decide_no(scene: Scene) -> None:
    person = scene.world.context("", "person")
    people.resolve(person, items(scene.world)[0], "not there", at_target=False, open_site=scene.world.connect)


@pytest.mark.parametrize("removes", [False, True])
def test_what_is_sent_again_does_not_arrive_twice(scene: Scene, removes: bool) -> None:
    _, sleeper = sleeping(scene, removes=removes)
    scene.abandon()
    decide_no(scene)
    scene.run()
    assert scene.wake(sleeper)
    assert scene.sent() == "A"


def test_an_old_version_does_not_come_after_the_new_one(scene: Scene) -> None:
    _, sleeper = sleeping(scene, removes=False)
    scene.abandon()
    decide_no(scene)
    scene.put(1, "B")
    scene.run()
    scene.wake(sleeper)
    assert scene.sent() == "B"


def test_a_file_that_is_sent_again_does_not_arrive_twice(scene: Scene) -> None:
    run, sleeper = sleeping(scene, removes=True)
    person, file = scene.world.context("", "person"), files(scene.world)[0]
    people.decide_delivery(person, file, arrived=False, comment="not there", open_site=scene.world.connect)
    scene.clear(run, "deliver")
    scene.wake(sleeper)
    assert scene.sent() == "A"


def test_a_file_that_lies_there_is_not_said_to_be_missing(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.source.put(row(1))
    killed(world, "1", "renamed")
    person, file = world.context("", "person"), files(world)[0]
    with pytest.raises(ConfigurationError, match=file.name):
        people.decide_delivery(person, file, arrived=False, comment="not there", open_site=world.connect)
    people.abandon(person, 1, "gives up")
    with pytest.raises(ConfigurationError, match=file.name):
        people.resolve(person, items(world)[0], "not there", at_target=False, open_site=world.connect)
