"""What a report counts: small logs of which everybody can add up the numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from doubles.log_report.made_log import HOUR, NOON, daemon, line, queue, report, tier, write
from punctuald.log_tables.figures.misses import UNNAMED
from punctuald.log_tables.span import Span
from punctuald.policy.advice.prices import Prices

CELL_OF_A_SECOND = 20 * 64


def a_log(tmp_path: Path, *lines: bytes) -> Path:
    return write(tmp_path / "vm1.log", lines)


def test_compliance_is_that_of_all_messages_of_the_tier(tmp_path: Path) -> None:
    path = a_log(tmp_path, daemon(), tier(met=90, late={"queue": 10}), tier(queue="mail", met=100))
    [found] = report(path).tiers
    assert (found.messages, found.met, found.missed, found.compliance) == (200, 190, 10, 0.95)


def test_parts_of_a_line_are_added_up(tmp_path: Path) -> None:
    first = tier(met=90, late={"queue": 10}, part=1, parts=2)
    second = tier(met=0, end_to_end={CELL_OF_A_SECOND: 100}, part=2, parts=2)
    found = report(a_log(tmp_path, daemon(), first, second))
    assert [(each.messages, each.missed) for each in found.tiers] == [(100, 10)]
    assert found.tiers[0].p50_seconds == pytest.approx(1.0, rel=0.01)


def test_hours_and_days_are_those_of_the_zone(tmp_path: Path) -> None:
    late_evening = datetime(2026, 11, 27, 23, 30, tzinfo=UTC).timestamp()
    found = report(a_log(tmp_path, daemon(late_evening), tier(late_evening)), zone="Asia/Kolkata")
    assert [each.begin for each in found.hours] == ["2026-11-28T05:00"]
    assert [each.begin for each in found.days] == ["2026-11-28T00:00"]


def test_the_hour_that_comes_twice_is_two_hours(tmp_path: Path) -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()  # 02:30 in Berlin, and an hour later again
    lines = [daemon(first), tier(first, met=1), daemon(first + HOUR), tier(first + HOUR, met=2)]
    found = report(a_log(tmp_path, *lines), zone="Europe/Berlin")
    assert [(each.begin, each.messages) for each in found.hours] == [("2026-10-25T02:00", 1), ("2026-10-25T02:00", 2)]
    assert [each.begin_utc for each in found.hours] == [first - HOUR / 2, first + HOUR / 2]
    assert [(each.begin, each.messages) for each in found.days] == [("2026-10-25T00:00", 3)]


def test_causes_add_up_to_all_misses(tmp_path: Path) -> None:
    path = a_log(tmp_path, daemon(), tier(late={"queue": 7, "outage": 2}), tier(late={"queue": 1}))
    found = report(path)
    assert [(each.cause, each.messages) for each in found.causes] == [("outage", 2), ("queue", 8)]


def test_misses_that_no_cause_names_are_shown_as_such(tmp_path: Path) -> None:
    found = report(a_log(tmp_path, daemon(), tier(late={"queue": 7}, missed=9, count=99)))
    assert [(each.cause, each.messages) for each in found.causes] == [("queue", 7), (UNNAMED, 2)]


def test_examples_are_the_latest_of_each_cause(tmp_path: Path) -> None:
    breached = [
        line("message.breached", process="worker", queue="orders", message_id=f"m{n}", cause="queue", queue_seconds=n)
        for n in (1.0, 9.0, 5.0, 7.0)
    ]
    found = report(a_log(tmp_path, daemon(), tier(), *breached))
    assert [each.message_id for each in found.examples["queue"]] == ["m9.0", "m7.0", "m5.0"]


def test_a_violation_lasts_from_violated_to_restored(tmp_path: Path) -> None:
    since = "2026-11-27T12:00:00.000000Z"
    common: dict[str, Any] = {"tier": "peak", "since": since, "threshold_seconds": 3.0, "objective": 0.99}
    lines = [
        line("sla.violated", NOON + 20, process="observer", **common, late=5, cause="queue", doing="scaling"),
        line("sla.violated", NOON + 320, process="observer", **common, late=50, cause="handle", reminder=True),
        line("sla.restored", NOON + 600, process="observer", **common, late=60, duration_seconds=600.0),
        line("sla.violated", NOON + 900, process="observer", **{**common, "since": "2026-11-27T12:14:00Z"}, late=5),
    ]
    ended, open_still = report(a_log(tmp_path, daemon(), tier(), *lines)).violations
    assert (ended.begin_utc, ended.end_utc, ended.late, ended.cause) == (NOON, NOON + 600, 60, "handle")
    assert open_still.end_utc is None


def test_slowest_handlers_and_errors(tmp_path: Path) -> None:
    lines = [
        queue(
            NOON, slowest_message_id="quick", slowest_seconds=0.5, errors={"ValueError shop.py:7": 2}, other_errors=1
        ),
        queue(NOON + 10, slowest_message_id="slow", slowest_seconds=9.5, errors={"ValueError shop.py:7": 3}),
        line("handler.failed", level="error", queue="orders", message_id="bad", error="ValueError", line="shop.py:7"),
    ]
    found = report(a_log(tmp_path, daemon(), *lines))
    assert [(each.slowest_message_id, each.slowest_seconds) for each in found.queues] == [("slow", 9.5)]
    assert [(each.error, each.messages, each.message_id) for each in found.errors] == [
        ("ValueError shop.py:7", 5, "bad"),
        ("other errors", 1, None),
    ]


def test_calls_of_an_idle_queue_are_paid_too(tmp_path: Path) -> None:
    busy = queue(counts={"done": 100, "request_receive": 30, "request_acknowledge": 20})
    idle = daemon(idle={"mail.fifo": {"receive_empty": 10, "request_receive": 10}})
    found = report(a_log(tmp_path, busy, idle), prices=Prices(standard=1.0, fifo=2.0))
    assert {each.queue: each.requests for each in found.queues} == {"mail.fifo": 10, "orders": 50}
    assert found.cost.request_cost == pytest.approx((50 * 1.0 + 10 * 2.0) / 1e6)
    assert found.cost.per_million == pytest.approx(0.7)
    assert found.cost.requests_per_message == pytest.approx(0.6)


def test_curves_have_gaps_where_there_are_no_intervals(tmp_path: Path) -> None:
    found = report(a_log(tmp_path, daemon(NOON), queue(NOON, arrivals=50), daemon(NOON + 30), daemon(NOON + 40)))
    assert found.load is not None
    assert found.load.arrivals_per_second == (5.0, None, None, 0.0, 0.0)
    assert found.load.workers_ready == (2.0, None, None, 2.0, 2.0)


def test_late_messages_are_a_curve_of_all_queues_and_tiers(tmp_path: Path) -> None:
    lines = [
        *(daemon(NOON + at) for at in (0, 10, 30)),
        tier(late={"queue": 3}),
        tier(queue="mail", name="night", late={"handle": 2, "queue": 2}),
        tier(NOON + 30, late={"settle": 1}),
    ]
    found = report(a_log(tmp_path, *lines)).load
    assert found is not None
    assert found.late == (7.0, 0.0, None, 1.0)
    assert sum(each or 0 for each in found.late) == 8


def test_workers_and_arrivals_of_hosts_are_added_up(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / f"{host}.log", [daemon(workers=count), queue(arrivals=50, backlog={"visible": 100})])
        for host, count in (("vm1", 2), ("vm2", 3))
    ]
    found = report(*paths).load
    assert found is not None
    assert (found.workers_ready, found.arrivals_per_second) == ((5.0,), (10.0,))
    assert found.backlog == (100.0,), "both see the same queue"


def test_decisions_that_change_nothing_are_no_marks(tmp_path: Path) -> None:
    decisions = [
        line("scale.decision", NOON + at, process="autoscaler", workers=workers, reason="backlog")
        for at, workers in ((0, 1), (60, 1), (120, 4))
    ]
    found = report(a_log(tmp_path, daemon(), *decisions)).decisions
    assert [(each.before, each.workers) for each in found] == [(None, 1), (1, 4)]


def test_only_deaths_that_nobody_asked_for_are_shown(tmp_path: Path) -> None:
    lines = [
        line("process.exited", role="worker", worker=0, status=0, asked=True),
        line("process.exited", level="error", role="worker", worker=1, status=-9, asked=False, cause="out of memory"),
    ]
    found = report(a_log(tmp_path, daemon(), *lines))
    assert [(each.worker, each.status) for each in found.deaths] == [(1, -9)]
    assert found.in_all.deaths == 1


def test_a_span_leaves_out_what_began_before_and_after(tmp_path: Path) -> None:
    lines = [each for n in range(4) for each in (daemon(NOON + n * 10), tier(NOON + n * 10, met=n))]
    middle = Span(*(datetime.fromtimestamp(NOON + at, UTC) for at in (10, 30)))
    assert report(a_log(tmp_path, *lines), span=middle).tiers[0].met == 1 + 2


@pytest.mark.parametrize("cell", [-1, 41 * 64, 1_000_000])
def test_a_cell_that_no_histogram_has_is_left_out(tmp_path: Path, cell: int) -> None:
    times = {"end_to_end": [[1280, 9], [cell, 9]], "handle": [[cell, 9], [1280, 9]]}
    found = report(a_log(tmp_path, daemon(), queue(counts={"done": 9}), tier(met=9, histograms=times)))
    assert found.tiers[0].p99_seconds == pytest.approx(1.0, rel=0.01)
    assert found.queues[0].p99_handle_seconds == pytest.approx(1.0, rel=0.01)
    assert list(found.curves[0].octaves) == [0]
