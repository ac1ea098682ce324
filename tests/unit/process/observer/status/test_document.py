"""The status document: what is known, as of a second ago at most, and None for the rest."""

from __future__ import annotations

import socket
from typing import Any

import orjson
import pytest

from doubles.process.pool_states import process_row
from doubles.process.status_bench import StatusBench
from doubles.stats.scripted_figures import queue_figures
from punctuald import __version__
from punctuald.process.channel.operator_frames import Explained
from punctuald.process.observer.status.document import PAGE_SECONDS, YOUNG_SECONDS
from punctuald.stats.figures.intervals import Interval


@pytest.fixture
def bench() -> StatusBench:
    return StatusBench()


def test_it_says_which_daemon_it_is(bench: StatusBench) -> None:
    bench.pool(generation=3, reload_failed="no such tier", state="reloading")
    document = bench.read()
    assert (document["protocol"], document["version"], document["host"]) == (1, __version__, socket.gethostname())
    assert (document["config"], document["utc"]) == ("/etc/punctuald/config.toml", "2023-11-14T22:13:21.000Z")
    assert (document["pid"], document["up_seconds"], document["generation"]) == (4711, 11.0, 3)
    assert (document["state"], document["reload_failed"]) == ("reloading", "no such tier")


def test_until_the_supervisor_has_spoken_all_that_only_it_knows_is_none_and_never_0(bench: StatusBench) -> None:
    bench.worker()
    document = bench.read()
    assert {document[name] for name in ("pid", "up_seconds", "generation", "state", "reload_failed")} == {None}
    assert set(document["pool"].values()) == {None}
    assert document["workers"] == []


def test_workers_are_counted_by_state(bench: StatusBench) -> None:
    states = ["ready", "ready", "starting", "draining", "stopping", "killing", "backoff", "fatal"]
    pids = [0 if state in {"backoff", "fatal"} else 4713 for state in states]
    rows = [process_row(index, *row) for index, row in enumerate(zip(pids, states, strict=True))]
    others = [process_row(0, 1, role="autoscaler"), process_row(0, 2, role="observer")]
    bench.pool(processes=(*others, *rows), wanted=3, target=2, scaled_to=3)
    pool = bench.read()["pool"]
    counts = {name.removeprefix("workers_"): count for name, count in pool.items() if name.startswith("workers_")}
    assert counts == {"ready": 2, "starting": 1, "draining": 3, "backing_off": 1, "given_up": 1, "wanted": 3}
    assert (pool["target"], pool["scaled_to"], pool["min_workers"], pool["max_workers"]) == (2, 3, 1, 8)


def test_slots_are_those_that_ready_workers_say_they_have(bench: StatusBench) -> None:
    bench.pool(processes=(process_row(0, 11), process_row(1, 12), process_row(2, 13, "draining")))
    bench.worker(0, 11, slots=4).handler_slot(0).start("a", 0, bench.clock.mono())
    bench.worker(1, 12, slots=64)
    bench.worker(2, 13).handler_slot(0).start("b", 0, bench.clock.mono())
    pool = bench.read()["pool"]
    assert (pool["busy_slots"], pool["slots"]) == (1, 68)


def test_of_the_pool_too_slots_are_counted_by_what_runs_in_them(bench: StatusBench) -> None:
    bench.pool(processes=(process_row(0, 11), process_row(1, 12)))
    for index, pid in enumerate((11, 12)):
        row = bench.worker(index, pid)
        row.slots(1, coroutines=3)
        row.handler_slot(0).start("a", 0, bench.clock.mono())
    bench.board.writer(1).handler_slot(2).start("b", 1, bench.clock.mono())
    pool = bench.read()["pool"]
    assert (pool["busy_threads"], pool["threads"], pool["busy_coroutines"], pool["coroutines"]) == (2, 2, 1, 6)
    assert (pool["busy_slots"], pool["slots"]) == (3, 8)


def test_a_document_that_is_younger_than_a_second_is_given_again_whoever_asks(bench: StatusBench) -> None:
    bench.pool()
    first = bench.read()
    bench.pool(wanted=5)
    assert bench.read(PAGE_SECONDS / 2) is first
    second = bench.read(PAGE_SECONDS / 2)
    assert (second["pool"]["workers_wanted"], second["snapshot"]) == (5, first["snapshot"] + 1)


def test_rates_are_of_the_interval_so_far_or_of_the_one_before_while_that_is_young(bench: StatusBench) -> None:
    def arrived(count: int, read_mono: float = 0.0) -> Interval:
        return Interval(queues=(queue_figures(received=count),), read_mono=read_mono)

    bench.clock.advance(10)
    bench.status.reported(arrived(50, bench.clock.mono()))
    bench.figures.interval = arrived(3)
    assert bench.queue()["arrivals_per_second"] == 5.0  # 50 in the ten seconds before
    bench.clock.advance(YOUNG_SECONDS - 1)
    assert bench.queue()["arrivals_per_second"] == 1.0  # 3 in three seconds


def test_the_first_interval_is_shown_however_young_it_is(bench: StatusBench) -> None:
    bench.figures.interval = Interval(queues=(queue_figures(received=3),))
    assert bench.queue()["arrivals_per_second"] == 3.0


def test_the_last_twenty_decisions_are_in_it(bench: StatusBench) -> None:
    for workers in range(30):
        bench.decisions.add(Explained(orjson.dumps({"workers": workers, "reason": "backlog"}).decode()))
    assert [decision["workers"] for decision in bench.read()["decisions"]] == list(range(10, 30))


def test_a_path_that_is_no_utf_8_is_shown_with_escapes_and_the_document_stays_json() -> None:
    document = StatusBench(config="/etc/\udcff.toml").read()
    assert document["config"] == "/etc/\\udcff.toml"
    assert orjson.loads(orjson.dumps(document))["config"] == document["config"]


def test_it_is_json_with_all_its_parts(bench: StatusBench) -> None:
    bench.pool()
    bench.worker()
    said: dict[str, Any] = orjson.loads(orjson.dumps(bench.read()))
    assert [len(said[name]) for name in ("workers", "tiers", "queues", "decisions")] == [1, 1, 2, 0]
