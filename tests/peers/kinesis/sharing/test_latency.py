"""How late records are that nothing happens to."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from peers.kinesis.servers import Servers
from peers.kinesis.sharing.scene import Scene, Share
from peers.kinesis.sharing.settings import setup_of
from peers.log.load import Load

SECONDS = 5.0
GOAL_SECONDS = 1.0


@pytest.mark.parametrize("per_second", [200, 2_000])
def test_nineteen_of_twenty_are_handled_within_a_second(roto_servers: Servers, tmp_path: Path, per_second: int) -> None:
    name = f"latency-{per_second}"
    with Scene(roto_servers, Share(name, load=Load(per_second)), tmp_path) as scene:
        scene.ours(setup_of(roto_servers, name, stream={}))
        scene.await_shares(ours=4)
        scene.send()
        scene.begin("nothing happens")
        time.sleep(SECONDS)
        came = scene.finish()
    print(came)  # noqa: T201 - what was measured
    assert came.verdict.charges == []
    assert came.verdict.duplicates == 0
    assert came.verdict.latency(0.95) < GOAL_SECONDS
