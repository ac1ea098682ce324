"""Workers of KCL 2, which steal for themselves, and ours on one stream: nothing is lost or out of order."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from peers.kinesis.kcl.program import Kcl
from peers.kinesis.servers import Servers
from peers.kinesis.sharing.scene import Scene, Share
from peers.kinesis.sharing.settings import TAKEOVER_SECONDS, setup_of


def test_ours_join_java_and_shards_change_and_each_side_dies(resharding: Servers, tmp_path: Path) -> None:
    with Scene(resharding, Share("kcl-2"), tmp_path) as scene:
        scene.rows.create(scene.stream.open_shards())
        java = scene.java(Kcl.V2, "java-1")
        scene.await_shares(**{"java-1": 4})
        scene.send()
        scene.begin("ours join")
        ours = scene.ours(setup_of(resharding, "kcl-2"))
        scene.await_even(3)
        children = scene.split()
        scene.await_even(3)
        scene.merge(children)
        scene.await_even(3)
        scene.begin("a worker of ours is killed")
        before = scene.owners()
        os.kill(ours.workers()[0], signal.SIGKILL)
        scene.await_one_gone(before)
        scene.await_even(3)
        scene.begin("java is killed")
        java.kill()
        scene.await_shares(ours=4)
        came = scene.finish()
    print(came)  # noqa: T201 - what was measured
    assert came.verdict.charges == []
    assert came.longest("java is killed") < TAKEOVER_SECONDS
    assert came.longest("a worker of ours is killed") < TAKEOVER_SECONDS


def test_java_joins_ours_and_takes_over_when_they_stop_and_when_they_are_killed(
    resharding: Servers, tmp_path: Path
) -> None:
    with Scene(resharding, Share("kcl-2-joins"), tmp_path) as scene:
        ours = scene.ours(setup_of(resharding, "kcl-2-joins"))
        scene.await_shares(ours=4)
        scene.send()
        scene.begin("java joins")
        scene.java(Kcl.V2, "java-1")
        scene.await_even(3)
        scene.begin("ours stop")
        ours.stop()
        scene.await_shares(**{"java-1": 4})
        scene.begin("ours come back")
        again = scene.ours(setup_of(resharding, "kcl-2-joins"))
        scene.await_even(3)
        scene.begin("all of ours are killed")
        again.kill_all()
        scene.await_shares(**{"java-1": 4})
        came = scene.finish()
    print(came)  # noqa: T201 - what was measured
    assert came.verdict.charges == []
