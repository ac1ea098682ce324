"""A hand-over in the middle of a packed record: whoever goes on does so at its next part, in both directions."""

from __future__ import annotations

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


@pytest.mark.parametrize("kcl", [Kcl.V2, Kcl.V3])
def test_ours_go_on_where_java_was_and_java_where_ours_were(roto_servers: Servers, tmp_path: Path, kcl: Kcl) -> None:
    """All of them are killed: what they had checkpointed by then is not done again."""
    name = f"packed-{kcl}"
    environ = {HANG_AT_VARIABLE: str(PARTS + DONE)}
    stream = {**QUICK, "checkpoint_interval_seconds": 0.2}
    with Scene(roto_servers, Share(name, shards=1), tmp_path) as scene:
        scene.rows.create(scene.stream.open_shards())
        put(scene, 0)
        java = scene.java(kcl, "java-1", KclSettings(options=(f"-Dhalt.after={DONE}",)))
        await_parts(scene, DONE)
        java.kill()
        ours = scene.ours(setup_of(roto_servers, name, stream, environ=environ))
        await_numbers(scene, range(PARTS))
        put(scene, PARTS)
        await_numbers(scene, range(PARTS + DONE))
        await_parts(scene, DONE)
        ours.kill_all()
        scene.java(kcl, "java-2")
        await_numbers(scene, range(2 * PARTS))
        assert sub_sequence_numbers(scene.handled()) == [*range(PARTS)] * 2


def await_parts(scene: Scene, done: int) -> None:
    """Until so many parts of a record are done, and the checkpoint says so."""

    def are_done() -> bool:
        places = [run.place for run in scene.handled()]
        done_to = [checkpoint_at(max(places))] if places else []
        written = [lease.checkpoint for lease in scene.watch.last.values()]
        return done_to == written and written[0].sub_sequence_number == done - 1

    scene.wait_until(are_done, f"a checkpoint after {done} parts")
