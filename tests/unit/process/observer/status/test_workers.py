"""What each worker says of itself, and what of it is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from doubles.process.pool_states import process_row
from doubles.process.status_bench import PID, StatusBench
from punctuald.model import Metric
from punctuald.process.observer.status import workers as workers_module
from punctuald.process.observer.status.worker_rates import BASE_SECONDS
from punctuald.process.observer.status.workers import MOST_WALKS, PSS_SECONDS

SAID_BY_ITSELF = (
    "heartbeat_seconds",
    "loop_lag_seconds",
    "slots",
    "busy_slots",
    "threads",
    "busy_threads",
    "coroutines",
    "busy_coroutines",
    "held",
    "handled",
    "handled_per_second",
)


@pytest.fixture
def bench() -> StatusBench:
    made = StatusBench()
    made.pool()
    return made


def only_worker(bench: StatusBench) -> Mapping[str, Any]:
    [worker] = bench.read()["workers"]
    return dict(worker)


def test_a_worker_is_shown_with_what_it_runs(bench: StatusBench) -> None:
    row = bench.worker()
    row.loop_lag(0.002)
    row.held(3)
    row.handler_slot(2).start("5d3f0c1a-0000-4000-8000-000000000001", 1, bench.clock.mono())
    worker = only_worker(bench)
    assert (worker["worker"], worker["pid"], worker["state"], worker["generation"]) == (0, PID, "ready", 1)
    assert (worker["up_seconds"], worker["heartbeat_seconds"], worker["loop_lag_seconds"]) == (9.0, 1.0, 0.002)
    assert (worker["slots"], worker["busy_slots"], worker["held"], worker["handled"]) == (4, 1, 3, 0)
    assert worker["running"] == [
        {"slot": 2, "queue": "invoices", "message_id": "5d3f0c1a-0000-4000-8000-000000000001", "seconds": 1.0}
    ]


def test_slots_of_functions_and_of_coroutines_are_counted_apart(bench: StatusBench) -> None:
    row = bench.worker()
    row.slots(1, coroutines=3)
    row.handler_slot(0).start("a", 0, bench.clock.mono())
    worker = only_worker(bench)
    assert (worker["busy_threads"], worker["threads"]) == (1, 1)
    assert (worker["busy_coroutines"], worker["coroutines"]) == (0, 3)
    assert (worker["busy_slots"], worker["slots"]) == (1, 4)


def test_of_one_that_has_not_said_anything_nothing_is_claimed(bench: StatusBench) -> None:
    worker = only_worker(bench)
    assert {worker[name] for name in SAID_BY_ITSELF} == {None}
    assert list(worker["running"]) == []


def test_one_that_waits_for_its_next_try_has_neither_process_nor_age(bench: StatusBench) -> None:
    bench.worker()
    bench.pool(processes=(process_row(0, 0, "backoff"),))
    worker = only_worker(bench)
    assert (worker["pid"], worker["up_seconds"], worker["pss_bytes"], worker["busy_slots"]) == (None, None, None, None)


def test_what_a_predecessor_left_in_the_row_is_not_said_of_its_successor(bench: StatusBench) -> None:
    bench.worker(pid=1).handler_slot(0).start("a", 0, bench.clock.mono())
    assert list(only_worker(bench)["running"]) == []


def test_a_rate_is_there_for_who_asks_once_as_soon_as_it_was_watched_for_some_seconds(bench: StatusBench) -> None:
    row = bench.worker()
    assert only_worker(bench)["handled_per_second"] is None
    for _ in range(12):
        row.count(0, Metric.DONE, 10)
        row.count(1, Metric.DONE, 5)
        bench.clock.advance(1)
        bench.status.look()
    worker = only_worker(bench)
    assert worker["handled"] == 180
    assert 10 < worker["handled_per_second"] <= 15


def test_a_rate_is_of_the_last_seconds(bench: StatusBench) -> None:
    row = bench.worker()
    row.count(0, Metric.DONE, 1_000_000)
    bench.read()
    for _ in range(3):
        bench.clock.advance(BASE_SECONDS)
        bench.status.look()
    assert only_worker(bench)["handled_per_second"] == 0.0


def test_memory_is_read_now_and_then_and_of_some_processes_a_page(
    bench: StatusBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks: list[int] = []

    def pss_of(pid: int) -> int:
        walks.append(pid)
        return 7

    monkeypatch.setattr(workers_module, "_pss_of", pss_of)
    bench.pool(processes=tuple(process_row(index, 100 + index) for index in range(MOST_WALKS + 4)))
    first, second = bench.read()["workers"], bench.read()["workers"]
    assert [worker["pss_bytes"] for worker in first] == [7] * MOST_WALKS + [None] * 4
    assert {worker["pss_bytes"] for worker in second} == {7}
    bench.read()
    assert len(walks) == MOST_WALKS + 4
    bench.read(PSS_SECONDS)
    assert len(walks) == 2 * MOST_WALKS + 4


def test_the_memory_of_a_process_that_is_gone_is_not_known(bench: StatusBench) -> None:
    bench.pool(processes=(process_row(0, 2**22 + 1),))  # more than there are pids
    assert only_worker(bench)["pss_bytes"] is None
