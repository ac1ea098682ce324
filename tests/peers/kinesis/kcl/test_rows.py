"""What Java KCL makes of rows that others write, and what it writes itself: the rules of our leases stand on it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from peers.kinesis.kcl.program import Kcl
from peers.kinesis.kcl.worker import FAILOVER_SECONDS, KclWorker
from peers.kinesis.lease_rows import LeaseRows, free_row, text, types
from peers.kinesis.servers import Servers
from peers.kinesis.stream import TestStream
from peers.programs.maven import NotToBeHad

LEASE: Mapping[str, str] = {
    "leaseKey": "S",
    "leaseOwner": "S",
    "leaseCounter": "N",
    "checkpoint": "S",
    "checkpointSubSequenceNumber": "N",
    "ownerSwitchesSinceCheckpoint": "N",
    "startingHashKey": "S",
    "endingHashKey": "S",
}
OF_3: Mapping[str, str] = {"throughputKBps": "N"}
OURS: Mapping[str, Any] = {"S": "ours"}
EVERY = [Kcl.V2, Kcl.V3]


class Scene:
    """A stream whose records are numbered, its lease table, and a worker."""

    def __init__(self, servers: Servers, name: str, shards: int) -> None:
        self.servers, self.name = servers, name
        self.stream = TestStream(servers, name).create(shards)
        self.shards = [shard.name for shard in self.stream.open_shards()]
        self.rows = LeaseRows(servers, name)
        self._put_count = 0

    def put(self) -> None:
        """One record to each shard."""
        for shard in self.stream.open_shards():
            hash_key = str(shard.first_hash_key)
            data = b"%d" % self._put_count
            self.stream.kinesis.put_record(
                StreamName=self.name, Data=data, PartitionKey="any", ExplicitHashKey=hash_key
            )
            self._put_count += 1

    @contextmanager
    def worker(self, kcl: Kcl, directory: Path) -> Iterator[KclWorker]:
        """Running; killed at the end."""
        try:
            with KclWorker(kcl, self.servers, self.name, self.name, "java", directory) as worker:
                yield worker
        except NotToBeHad as missing:
            pytest.skip(f"KCL {kcl}: {missing}")


def until_read(worker: KclWorker, count: int) -> None:
    worker.until(lambda: len(worker.events("rec")) >= count)


def read_by(worker: KclWorker) -> Sequence[int]:
    return sorted(int(event["data"]) for event in worker.events("rec"))


@pytest.mark.parametrize("kcl", EVERY)
def test_it_writes_the_attributes_that_we_do_and_leaves_one_of_ours_alone(
    roto_servers: Servers, tmp_path: Path, kcl: Kcl
) -> None:
    scene = Scene(roto_servers, f"rows-{kcl}", 1)
    scene.rows.create(scene.stream.open_shards())
    [shard] = scene.shards
    made = scene.rows.change(shard, "SET punctualdOwn = :own", own={"N": "17.5"})
    with scene.worker(kcl, tmp_path) as worker:
        for count in (1, 2, 3):
            scene.put()
            until_read(worker, count)
        worker.until(lambda: counter(scene, shard) >= counter_of(made) + 4)
        worker.stop()
    row = scene.rows.rows()[shard]
    of_3 = OF_3 if kcl is Kcl.V3 else {}  # once it has measured something
    assert {**types(row), **of_3} == {**LEASE, **of_3, "punctualdOwn": "N"}
    assert (text(row, "leaseOwner"), text(row, "punctualdOwn")) == ("java", "17.5"), "it keeps its name when it stops"
    assert text(row, "checkpoint") == worker.events("rec")[-1]["seq"]


@pytest.mark.parametrize("kcl", EVERY)
def test_the_rows_that_it_makes_for_children_are_those_that_we_make(
    resharding: Servers, tmp_path: Path, kcl: Kcl
) -> None:
    scene = Scene(resharding, f"children-{kcl}", 1)
    scene.rows.create(scene.stream.open_shards())
    [parent] = scene.shards
    scene.put()
    with scene.worker(kcl, tmp_path) as worker:
        worker.until(lambda: read_by(worker) == [0])
        children = scene.stream.split(parent)
        worker.until(lambda: {*scene.rows.owners()} == {parent, *(child.name for child in children)})
        scene.put()
        worker.until(lambda: read_by(worker) == [0, 1, 2])
        rows = scene.rows.rows()
    of_3 = {"entityType": "S", **OF_3} if kcl is Kcl.V3 else {}
    for child in children:
        made = free_row(child)
        assert {**types(rows[child.name]), **of_3} == {**LEASE, **of_3, "parentShardId": "SS"}
        same = ("startingHashKey", "endingHashKey", "parentShardId")
        assert {name: rows[child.name][name] for name in same} == {name: made[name] for name in same}
    assert text(rows[parent], "checkpoint") == "SHARD_END"
    assert sorted(rows[parent]["childShardIds"]["SS"]) == sorted(child.name for child in children)
    others = {key: text(row, "entityType") for key, row in rows.items() if "leaseCounter" not in row}
    all_of_3 = {"Leader": "LEADER", "Migration3.0": "CLIENT_VERSION_MIGRATION", "java": "WORKER_METRIC_STATS"}
    assert others == (all_of_3 if kcl is Kcl.V3 else {})


def test_a_row_that_is_no_lease_ends_a_worker_of_2(roto_servers: Servers, tmp_path: Path) -> None:
    """So whatever we have to remember of a stream stands on its leases."""
    scene = Scene(roto_servers, "no-lease-2", 1)
    scene.rows.create(scene.stream.open_shards())
    scene.rows.put({"leaseKey": {"S": "punctuald"}, "note": {"S": "no lease"}})
    scene.put()
    with scene.worker(Kcl.V2, tmp_path) as worker:
        worker.until(lambda: bool(worker.events("end")))
        assert read_by(worker) == []
    assert "leaseCounter is marked non-null but is null" in worker.last_words()


def test_a_worker_of_3_goes_on_beside_a_row_that_is_no_lease_and_complains_without_end(
    roto_servers: Servers, tmp_path: Path
) -> None:
    scene = Scene(roto_servers, "no-lease-3", 1)
    scene.rows.create(scene.stream.open_shards())
    scene.rows.put({"leaseKey": {"S": "punctuald"}, "note": {"S": "no lease"}})
    scene.put()
    with scene.worker(Kcl.V3, tmp_path) as worker:
        worker.until(lambda: read_by(worker) == [0])
        worker.until(lambda: complaints(worker) >= 3)


def complaints(worker: KclWorker) -> int:
    return worker.text().count("Failed to deserialize LEASE record with key 'punctuald'")


def test_a_worker_of_2_does_not_know_of_hand_overs(roto_servers: Servers, tmp_path: Path) -> None:
    """It takes a row in the middle of one, and leaves checkpointOwner in it. Nor can it be asked for a lease so."""
    scene = Scene(roto_servers, "hand-over-2", 3)
    scene.rows.create(scene.stream.open_shards())
    free, expiring, asked = scene.shards
    scene.rows.change(free, "SET checkpointOwner = :ours", ours=OURS)
    scene.rows.change(expiring, "SET leaseOwner = :other, checkpointOwner = :ours", other={"S": "other"}, ours=OURS)
    scene.put()
    with scene.worker(Kcl.V2, tmp_path) as worker:
        worker.until(lambda: read_by(worker) == [0, 1, 2])
        rows = scene.rows.rows()
        assert [(text(rows[key], "leaseOwner"), text(rows[key], "checkpointOwner")) for key in (free, expiring)] == [
            ("java", "ours"),
            ("java", "ours"),
        ]
        before = counter_of(
            scene.rows.change(asked, "SET leaseOwner = :ours, checkpointOwner = :java", ours=OURS, java={"S": "java"})
        )
        time.sleep(FAILOVER_SECONDS)
        scene.put()
        worker.until(lambda: read_by(worker) == [0, 1, 2, 3, 4, 5])
        assert counter(scene, asked) > before, "it renews what is no longer its own by the name in it"
        assert worker.events("lost") == []
        scene.rows.change(asked, "SET leaseCounter = leaseCounter + :one", one={"N": "1"})
        worker.until(lambda: [event["shard"] for event in worker.events("lost")] == [asked])


def counter(scene: Scene, shard: str) -> int:
    return counter_of(scene.rows.rows()[shard])


def counter_of(row: Mapping[str, Mapping[str, Any]]) -> int:
    return int(text(row, "leaseCounter"))
