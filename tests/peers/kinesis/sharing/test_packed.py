"""A hand-over in the middle of a packed record: whoever goes on does so at its next part, in both directions."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from peers.kinesis.handled import HANG_AT_VARIABLE, Handled
from peers.kinesis.kcl.program import Kcl
from peers.kinesis.kcl.worker import KclSettings
from peers.kinesis.packed import packed
from peers.kinesis.servers import Servers
from peers.kinesis.sharing.scene import Scene, Share
from peers.kinesis.sharing.settings import QUICK, setup_of
from punctuald.policy.leases.checkpoint import checkpoint_at

PARTS = 10
DONE = 5
EVERY = [Kcl.V2, Kcl.V3]


def put(scene: Scene, first: int) -> None:
    """One record with as many parts of one key."""
    parts = [("key", orjson.dumps({"key": "key", "number": first + number})) for number in range(PARTS)]
    scene.stream.kinesis.put_record(StreamName=scene.stream.name, PartitionKey="key", Data=packed(parts))


def numbers(handled: Sequence[Handled]) -> list[int]:
    return [run.number for run in sorted(handled, key=lambda run: run.utc)]


def sub_sequence_numbers(handled: Sequence[Handled]) -> list[int]:
    in_order = sorted(handled, key=lambda run: run.utc)
    return [checkpoint_at(run.place).sub_sequence_number for run in in_order]


def await_numbers(scene: Scene, wanted: Sequence[int]) -> None:
    scene.wait_until(lambda: numbers(scene.handled()) == list(wanted), f"{wanted}, not {numbers(scene.handled())}")


@pytest.mark.parametrize("kcl", EVERY)
def test_ours_go_on_where_java_was(roto_servers: Servers, tmp_path: Path, kcl: Kcl) -> None:
    name = f"packed-java-{kcl}"
    with Scene(roto_servers, Share(name, shards=1), tmp_path) as scene:
        scene.rows.create(scene.stream.open_shards())
        put(scene, 0)
        java = scene.java(kcl, "java-1", KclSettings(options=(f"-Dhalt.after={DONE}",)))
        scene.wait_until(lambda: bool(java.events("halted")), "half of its parts")
        java.kill()
        scene.ours(setup_of(roto_servers, name))
        await_numbers(scene, range(PARTS))
        put(scene, PARTS)
        await_numbers(scene, range(2 * PARTS))
        assert sub_sequence_numbers(scene.handled()) == [*range(PARTS)] * 2


@pytest.mark.parametrize("kcl", EVERY)
def test_java_goes_on_where_ours_were(roto_servers: Servers, tmp_path: Path, kcl: Kcl) -> None:
    """Also where they were killed: what they had checkpointed by then is not done again."""
    name = f"packed-ours-{kcl}"
    environ = {**os.environ, HANG_AT_VARIABLE: str(DONE)}
    with Scene(roto_servers, Share(name, shards=1), tmp_path) as scene:
        ours = scene.ours(setup_of(roto_servers, name, {**QUICK, "checkpoint_interval_seconds": 0.2}, environ=environ))
        put(scene, 0)
        await_numbers(scene, range(DONE))
        [shard] = scene.watch.last
        scene.wait_until(
            lambda: scene.watch.last[shard].checkpoint.sub_sequence_number == DONE - 1, "a checkpoint within it"
        )
        ours.kill_all()
        time.sleep(0.5)
        scene.java(kcl, "java-1")
        await_numbers(scene, range(PARTS))
        put(scene, PARTS)
        await_numbers(scene, range(2 * PARTS))
        assert sub_sequence_numbers(scene.handled()) == [*range(PARTS)] * 2
