"""One plan for both sides: the daemon's configuration and messages are the simulator's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.replayed.plan import Choice, Plan, begin_after, make_plan, rig_setup
from punctuald.errors import ConfigurationError
from punctuald.simulate.trace.stamps import in_seconds

BEGIN_UTC = int(datetime(2026, 3, 2, 23, 57, 30, tzinfo=UTC).timestamp())  # runs past midnight


def planned(directory: Path, choice: Choice) -> Plan:
    return make_plan(choice, BEGIN_UTC, rig_setup("http://127.0.0.1:1", choice, BEGIN_UTC, {}), directory)


def test_a_replay_begins_at_the_next_half_minute() -> None:
    assert begin_after(60.0) == 90
    assert begin_after(90.0) == 90
    assert begin_after(90.5) == 150


def test_each_message_carries_the_service_time_that_was_drawn_for_it(tmp_path: Path) -> None:
    plan = planned(tmp_path, Choice(seconds=60))

    sent, service = (in_seconds(drawn).tolist() for drawn in (plan.traffic.sent, plan.traffic.service))

    assert plan.due_utc == pytest.approx([BEGIN_UTC + seconds for seconds in sent])
    assert [body.split() for body in plan.bodies] == [[str(n), f"{s:.6f}"] for n, s in enumerate(service)]


def test_the_arrivals_keep_so_many_workers_busy_whatever_the_trace_and_its_length(tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text("second,arrivals\n" + "".join(f"{second},{1 + second % 3}\n" for second in range(1200)))

    plan = planned(tmp_path, Choice(path=trace, from_seconds=300, until_seconds=900, seconds=120, load=4))

    assert plan.trace.seconds == pytest.approx(120)
    assert plan.trace.rate_per_second == pytest.approx(4 * 4 / 0.2)


def test_ten_minutes_see_every_tier_of_the_study_and_its_edges(tmp_path: Path) -> None:
    plan = planned(tmp_path, Choice())

    seen = [plan.calendar.tiers[plan.calendar.tier_at(BEGIN_UTC + second)] for second in range(0, 600, 30)]

    assert [tier.threshold_seconds for tier in seen] == [10] * 3 + [3] * 10 + [10] * 2 + [60] * 4 + [3]


def test_of_a_short_replay_tiers_may_vanish_but_never_all(tmp_path: Path) -> None:
    plan = planned(tmp_path, Choice(seconds=10))

    assert plan.calendar.tiers[plan.calendar.tier_at(BEGIN_UTC)].threshold_seconds == 3


def test_the_simulated_world_is_the_configured_one(tmp_path: Path) -> None:
    plan = planned(tmp_path, Choice(seconds=60))

    world = plan.world(0.123)

    assert world.start_seconds == 0.123
    assert (world.min_workers, world.max_workers, world.slots) == (
        plan.settings.pool.min_workers,
        plan.settings.pool.max_workers,
        plan.settings.pool.slots,
    )


def test_a_part_that_the_trace_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing between"):
        planned(tmp_path, Choice(from_seconds=90_000, until_seconds=91_000))
