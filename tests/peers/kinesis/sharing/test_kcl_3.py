"""Workers of KCL 3, one of which leads and gives leases out, and ours on one stream, however shares are decided."""

from __future__ import annotations

from pathlib import Path

import pytest

from peers.kinesis.kcl.program import Kcl
from peers.kinesis.kcl.worker import KclSettings
from peers.kinesis.servers import Servers
from peers.kinesis.sharing.scene import Scene, Share
from peers.kinesis.sharing.settings import LATE_SECONDS, NOISE_SECONDS, QUICK, TAKEOVER_SECONDS, setup_of
from peers.kinesis.stream_setup import StreamSetup

BALANCES = ("even_shares", "kcl_leader")
DEFAULT_FAILOVER_SECONDS = 10.0


ANNOUNCED = KclSettings(more={"util.workerMetricsReporterFreqInMillis": 30_000})
"""By default workers announce themselves each 30 s, as ours do, and who has not for twice as long is gone."""


def balanced(servers: Servers, name: str, balance: str) -> StreamSetup:
    return setup_of(servers, name, {**QUICK, "balance": balance})


@pytest.mark.parametrize("balance", BALANCES)
def test_ours_join_java_and_shards_change_and_java_dies(resharding: Servers, tmp_path: Path, balance: str) -> None:
    name = f"kcl-3-{balance}"
    with Scene(resharding, Share(name), tmp_path) as scene:
        scene.rows.create(scene.stream.open_shards())
        java = scene.java(Kcl.V3, "java-1", ANNOUNCED)
        scene.await_shares(**{"java-1": 4})
        scene.send()
        scene.begin("ours join")
        scene.ours(balanced(resharding, name, balance))
        scene.await_shares_of_all("java-1", "ours")
        children = scene.split()
        scene.merge(children)
        scene.begin("java is killed")
        java.kill()
        scene.await_shares(ours=4)
        came = scene.finish()
    print(came)  # noqa: T201 - what was measured
    assert came.verdict.charges == []
    assert came.longest("java is killed") < TAKEOVER_SECONDS


def test_java_takes_over_from_ours_that_are_killed_and_they_get_their_share_when_they_come_back(
    resharding: Servers, tmp_path: Path
) -> None:
    name = "kcl-3-ours-killed"
    with Scene(resharding, Share(name), tmp_path) as scene:
        ours = scene.ours(setup_of(resharding, name))
        scene.await_shares(ours=4)
        scene.send()
        scene.begin("all of ours are killed")
        scene.java(Kcl.V3, "java-1")
        ours.kill_all()
        scene.await_shares(**{"java-1": 4})
        scene.begin("ours come back")
        scene.ours(setup_of(resharding, name))
        scene.await_even(3)
        came = scene.finish()
    print(came)  # noqa: T201 - what was measured
    assert came.verdict.charges == []


@pytest.mark.parametrize("balance", BALANCES)
def test_java_that_joins_ours_gets_its_share_and_all_when_ours_stop(
    resharding: Servers, tmp_path: Path, balance: str
) -> None:
    """Its leader takes nothing from workers that it knows nothing of: they give, or they say how much they read."""
    name = f"kcl-3-joins-{balance}"
    with Scene(resharding, Share(name), tmp_path) as scene:
        ours = scene.ours(balanced(resharding, name, balance))
        scene.await_shares(ours=4)
        scene.send()
        scene.begin("java joins")
        java = scene.java(Kcl.V3, "java-1", ANNOUNCED)
        scene.await_shares_of_all("java-1", "ours")
        scene.begin("ours stop")
        ours.stop()
        scene.await_shares(**{"java-1": 4})
        scene.begin("java stops")
        scene.ours(balanced(resharding, name, balance))
        java.stop()
        scene.await_shares(ours=4)
        came = scene.finish()
    print(came)  # noqa: T201 - what was measured
    assert came.verdict.charges == []


def test_when_the_leader_is_killed_ours_do_not_wait_for_the_next_one(resharding: Servers, tmp_path: Path) -> None:
    """Its lock stands for two minutes, and nobody of KCL gives out what has expired meanwhile."""
    name = "kcl-3-leader"
    by_default = KclSettings(failover_seconds=DEFAULT_FAILOVER_SECONDS, quick_lock=False)
    with Scene(resharding, Share(name), tmp_path) as scene:
        scene.rows.create(scene.stream.open_shards())
        leader = scene.java(Kcl.V3, "java-1", by_default)
        scene.await_shares(**{"java-1": 4})
        scene.java(Kcl.V3, "java-2", by_default)
        scene.ours(setup_of(resharding, name, {"failover_seconds": DEFAULT_FAILOVER_SECONDS}))
        scene.await_shares_of_all("java-1", "ours")
        scene.send()
        scene.begin("the leader is killed")
        leader.kill()
        scene.wait_until(lambda: "java-1" not in scene.shares(), "its leases to be somebody's")
        came = scene.finish()
    print(came)  # noqa: T201 - what was measured
    assert came.verdict.charges == []
    assert came.longest("the leader is killed") < DEFAULT_FAILOVER_SECONDS + LATE_SECONDS + NOISE_SECONDS
