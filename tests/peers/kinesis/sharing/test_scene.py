"""Workers of Java KCL alone on a stream that is watched: what the tools say of them is what they did."""

from __future__ import annotations

from pathlib import Path

from peers.kinesis.kcl.program import Kcl
from peers.kinesis.servers import Servers
from peers.kinesis.sharing.scene import Scene, Share


def test_workers_that_do_all_right_are_found_to_do_so_and_one_that_was_killed_loses_nothing(
    resharding: Servers, tmp_path: Path
) -> None:
    with Scene(resharding, Share("java-alone"), tmp_path) as scene:
        scene.rows.create(scene.stream.open_shards())
        scene.send()
        scene.begin("one")
        scene.java(Kcl.V3, "java-1")
        scene.await_shares(**{"java-1": 4})
        scene.begin("two")
        second = scene.java(Kcl.V3, "java-2")
        scene.await_even(2)
        scene.begin("split")
        parent = scene.stream.open_shards()[0].name
        scene.stream.split(parent)
        scene.await_done(parent)
        scene.begin("killed")
        second.kill()
        scene.await_shares(**{"java-1": 5})
        came = scene.finish()
    print(came)  # noqa: T201 - what was measured
    assert came.verdict.charges == []
    assert came.verdict.by.keys() == {"java-1", "java-2"}
