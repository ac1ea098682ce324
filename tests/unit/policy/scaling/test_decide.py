"""From a demand to a number of workers: damping, blindness, guard rails, bounds, and the reason given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import orjson
import pytest

from doubles.scaling.observations import CALM, NOW_MONO, NOW_SECOND, failing, later, queued
from punctuald.model import Backlog
from punctuald.policy.scaling.bursts import Bursts
from punctuald.policy.scaling.decide import Decision, Reason, ScalingRules, ScalingState, decide, sensors_are_unknown
from punctuald.policy.scaling.demand import DemandState
from punctuald.policy.scaling.guards import Cap, Guard, GuardState
from punctuald.policy.scaling.observation import Observation

MEGABYTE = 1024 * 1024
RULES = ScalingRules(min_workers=1, max_workers=512)
EIGHT = replace(CALM, workers_ordered=8, workers_ready=8)  # where two would do


def first(observation: Observation, rules: ScalingRules = RULES, state: ScalingState | None = None) -> Decision:
    return decide(observation, state or ScalingState(), rules)[0]


def story(looks: Iterable[Observation], rules: ScalingRules = RULES) -> list[tuple[int, Reason]]:
    """What is decided at each look; each finds ordered what the one before it decided."""
    state, decided = ScalingState(), list[tuple[int, Reason]]()
    for look in looks:
        seen = replace(look, workers_ordered=decided[-1][0]) if decided else look
        decision, state = decide(seen, state, rules)
        decided.append((decision.workers, decision.reason))
    return decided


def each_second(observation: Observation, seconds: int) -> list[Observation]:
    return [later(observation, second) for second in range(seconds)]


def settled(observation: Observation, rules: ScalingRules = RULES) -> Decision:
    """The decision once the hold window has passed with nothing new to see."""
    *looks, last = each_second(observation, 20)
    state = ScalingState()
    for look in looks:
        _, state = decide(look, state, rules)
    return first(last, rules, state)


def with_depth(observation: Observation, visible: int) -> Observation:
    return replace(observation, backlog=Backlog(visible, 0, 0, NOW_MONO - 1))


class TestUpAtOnce:
    def test_a_pool_that_fits_its_load_is_left_alone(self) -> None:
        assert (first(CALM).workers, first(CALM).reason) == (2, Reason.ARRIVALS)

    def test_a_backlog_is_met_at_once(self) -> None:
        decision = first(queued(10.0))

        assert (decision.workers, decision.reason, decision.target_before_hold) == (12, Reason.BACKLOG, 12)
        assert decision.demands == pytest.approx(
            {"arrivals": 3.1667, "backlog": 11.4286, "burst": 0.0, "limited": 0.0}, abs=1e-4
        )

    def test_minutes_after_one_message_of_a_slow_handler_there_are_as_few_workers_as_may_be(self) -> None:
        idle = replace(
            CALM,
            workers_ordered=1,
            workers_ready=1,
            busy_slots=0,
            arrivals=((NOW_SECOND - 180, 1),),
            newest_sent_utc=NOW_SECOND - 180.0,
            mean_service_seconds=20.0,
            service_p995_seconds=20.0,
        )
        decision = first(idle, replace(RULES, min_workers=1, max_workers=4))
        assert (decision.workers, decision.target_before_hold) == (1, 0)

    def test_a_burst_of_the_last_minutes_is_kept_ready_for(self) -> None:
        once = replace(CALM, arrivals=((NOW_SECOND - 60, 400),), mean_service_seconds=0.2)
        decision = first(once, replace(RULES, max_workers=8))

        assert (decision.workers, decision.reason) == (4, Reason.BURST)

    def test_where_starts_are_slow_arrivals_are_met_before_a_queue_shows(self) -> None:
        slow = replace(CALM, start_seconds=10.0)
        feared = ScalingState(demand=DemandState(bursts=Bursts(NOW_MONO, (), surge=2.5)))

        assert first(slow, state=feared).workers == 5
        assert first(slow, state=feared).reason is Reason.ARRIVALS
        assert first(replace(slow, start_seconds=0.25), state=feared).workers == 2

    def test_while_no_queue_shows_quick_starters_are_not_ordered(self) -> None:
        heavier = replace(CALM, mean_service_seconds=0.2)

        assert (first(heavier).target_before_hold, first(heavier).workers) == (4, 2)

    def test_workers_already_ordered_are_not_ordered_again(self) -> None:
        assert first(replace(queued(10.0), workers_ordered=12)).workers == 12

    def test_one_step_adds_64_or_as_many_as_there_are(self) -> None:
        assert (first(with_depth(queued(10.0), 99_999)).workers) == 2 + 64
        assert first(with_depth(queued(10.0), 99_999)).reason is Reason.GROWTH
        assert first(with_depth(queued(10.0, workers=100), 99_999)).workers == 100 + 100

    def test_while_the_service_time_is_a_guess_a_step_adds_four(self) -> None:
        guessed = replace(with_depth(queued(10.0), 99_999), mean_service_seconds=None)

        assert (first(guessed).workers, first(guessed).reason) == (2 + 4, Reason.GROWTH)


class TestDownLate:
    def test_workers_go_only_after_the_hold(self) -> None:
        assert story(each_second(EIGHT, 9)) == [(8, Reason.HOLD)] * 8 + [(2, Reason.ARRIVALS)]

    def test_what_was_ordered_has_to_show_first_so_slow_starts_are_held_for_longer(self) -> None:
        slow = replace(EIGHT, start_seconds=5.0)  # 2 x (1 + 5) seconds

        assert [number for number, _ in story(each_second(slow, 13))] == [8] * 12 + [2]

    def test_within_the_hold_the_pool_shrinks_to_the_most_that_was_demanded(self) -> None:
        state = ScalingState(kept=((991.5, 6), (997.0, 4), (999.0, 2)), urgent=((999.0, 0),))

        assert first(later(EIGHT, 4.0), state=state).workers == 6  # six stood until 997, so it counts until 1005
        assert first(later(EIGHT, 6.0), state=state).workers == 4
        assert first(later(EIGHT, 6.0), state=state).reason is Reason.HOLD

    def test_a_drained_backlog_is_held_for_four_seconds_and_what_arrivals_need_for_the_whole_hold(self) -> None:
        decided = story([queued(10.0), *each_second(later(CALM, 1.0), 9)])

        assert [number for number, _ in decided] == [12] * 5 + [4] * 4 + [2]
        assert [reason for _, reason in decided] == [Reason.BACKLOG, *[Reason.HOLD] * 8, Reason.ARRIVALS]

    def test_an_autoscaler_that_was_held_up_does_not_shrink_the_pool_on_its_first_look(self) -> None:
        assert first(EIGHT, state=ScalingState(kept=((970.0, 8),))).workers == 8

    def test_a_new_autoscaler_takes_what_it_finds_as_demanded(self) -> None:
        assert (first(EIGHT).workers, first(EIGHT).reason) == (8, Reason.HOLD)

    def test_without_a_hold_workers_go_at_once(self) -> None:
        assert first(EIGHT, replace(RULES, hold_seconds=0.0)).workers == 2

    def test_the_state_does_not_grow_for_ever(self) -> None:
        state = ScalingState()
        for look in each_second(CALM, 1_000):
            _, state = decide(look, state, RULES)

        assert (len(state.kept), len(state.urgent)) == (9, 5)


class TestInBlind:
    @pytest.mark.parametrize(
        "hidden",
        [
            {"seconds_since_receive_ok": None},
            {"seconds_since_receive_ok": 46.0},
            {"clock_jumped": True},
            {"backlog": None, "mean_service_seconds": None, "arrivals": (), "newest_sent_utc": None},
        ],
    )
    def test_nobody_is_let_go(self, hidden: dict[str, object]) -> None:
        decision = settled(replace(EIGHT, **hidden))  # type: ignore[arg-type]

        assert (decision.workers, decision.reason, decision.sensors_unknown) == (8, Reason.SENSORS_UNKNOWN, True)

    def test_an_idle_queue_is_not_blindness(self) -> None:
        idle = replace(CALM, busy_slots=0, arrivals=(), newest_sent_utc=None, seconds_since_receive_ok=20.0)

        assert not sensors_are_unknown(idle, RULES)
        assert (settled(idle).workers, settled(idle).reason) == (1, Reason.MINIMUM)

    def test_a_full_pool_without_depth_or_arrivals_may_face_anything(self) -> None:
        drowning = replace(queued(0.0, workers=8), backlog=None, arrivals=())

        assert sensors_are_unknown(drowning, RULES)
        assert not sensors_are_unknown(replace(drowning, busy_slots=0), RULES)

    def test_more_may_be_ordered(self) -> None:
        assert first(replace(queued(10.0), seconds_since_receive_ok=None)).workers == 12

    def test_a_number_that_fits_needs_no_excuse(self) -> None:
        assert first(replace(CALM, clock_jumped=True)).reason is Reason.ARRIVALS

    def test_the_hold_begins_anew_when_sight_comes_back(self) -> None:
        unknown = [replace(look, clock_jumped=True) for look in each_second(EIGHT, 20)]

        decided = [number for number, _ in story([*unknown, *each_second(later(EIGHT, 20.0), 9)])]

        assert decided == [8] * 28 + [2]

    def test_no_guard_takes_a_worker(self) -> None:
        tight = replace(failing(EIGHT, 1.0), worker_bytes=MEGABYTE, memory_available_bytes=0, groups_seen=0)
        decision = first(replace(tight, clock_jumped=True))

        assert [limit.guard for limit in decision.caps] == [Guard.ERRORS, Guard.GROUPS, Guard.MEMORY]
        assert max(limit.workers for limit in decision.caps) < decision.workers == 8

    def test_guards_still_refuse_more(self) -> None:
        decision = first(replace(queued(10.0), seconds_since_receive_ok=None, groups_seen=0))

        assert (decision.workers, decision.reason) == (2, Reason.GROUPS)


class TestGuards:
    def test_a_processor_that_is_busy_for_15_seconds_and_slows_handlers_adds_nobody(self) -> None:
        busy = replace(queued(10.0), cpu_share=0.9)
        slowed = ScalingState(guards=GuardState(NOW_MONO - 15, base_service_seconds=0.07, looked_mono=NOW_MONO - 1))

        assert (first(busy, state=slowed).workers, first(busy, state=slowed).reason) == (2, Reason.CPU)
        assert first(busy, replace(RULES, cpu_limit=0.95), slowed).workers == 12

    def test_when_handlers_fail_workers_go_at_once(self) -> None:
        failed = failing(queued(10.0, workers=10), 0.3)

        assert (first(failed).workers, first(failed).reason) == (7, Reason.ERRORS)
        assert first(failed, replace(RULES, error_limit=0.3)).workers == 12

    def test_after_failures_they_come_back_within_seconds(self) -> None:
        failed = failing(queued(10.0, workers=10), 0.5)
        clean = [later(failing(failed, 0.4, latest_share=0.0), second) for second in range(1, 9)]

        assert story([failed, *clean]) == [
            (5, Reason.ERRORS),
            *[(5, Reason.DOWNSTREAM)] * 3,
            *[(10, Reason.DOWNSTREAM)] * 4,
            (12, Reason.BACKLOG),
        ]

    def test_no_more_workers_than_message_groups_can_use(self) -> None:
        ordered = replace(queued(10.0), groups_seen=9)

        assert (first(ordered).workers, first(ordered).reason) == (4, Reason.GROUPS)

    def test_no_more_workers_than_fit_into_memory(self) -> None:
        roomy = replace(queued(10.0), worker_bytes=100 * MEGABYTE, memory_available_bytes=(256 + 350) * MEGABYTE)

        assert (first(roomy).workers, first(roomy).reason) == (5, Reason.MEMORY)
        assert first(roomy, replace(RULES, memory_reserve_bytes=0)).workers == 8

    def test_of_several_guards_the_lowest_limit_holds(self) -> None:
        both = replace(queued(10.0), groups_seen=9, worker_bytes=MEGABYTE, memory_available_bytes=257 * MEGABYTE)
        decision = first(both)

        assert (decision.workers, decision.reason) == (3, Reason.MEMORY)
        assert decision.caps == (Cap(4, Guard.GROUPS), Cap(3, Guard.MEMORY))


class TestBounds:
    def test_the_owner_s_bounds_come_last(self) -> None:
        most = first(queued(10.0), replace(RULES, max_workers=8))
        least = settled(replace(CALM, groups_seen=0), replace(RULES, min_workers=4))

        assert (most.workers, most.reason, most.target_before_hold) == (8, Reason.MAXIMUM, 12)
        assert (least.workers, least.reason) == (4, Reason.MINIMUM)

    def test_a_lowered_maximum_holds_at_once_and_in_blind(self) -> None:
        assert first(EIGHT, replace(RULES, max_workers=4)).workers == 4
        assert first(replace(EIGHT, clock_jumped=True), replace(RULES, max_workers=4)).workers == 4


class TestFields:
    def test_a_decision_is_flat_fields_that_json_can_carry(self) -> None:
        fields = first(queued(10.0)).fields()

        assert orjson.loads(orjson.dumps(fields)) == fields
        assert (fields["workers"], fields["reason"], fields["demand_backlog"]) == (12, "backlog", 11.429)
        assert (fields["start_seconds"], fields["fast_rate_per_second"]) == (1.0, 80.0)

    def test_each_guard_that_holds_has_a_field_whether_or_not_it_binds(self) -> None:
        fields = first(replace(CALM, groups_seen=40)).fields()

        assert fields["reason"] == "arrivals"
        assert {name: value for name, value in fields.items() if name.startswith("cap_")} == {"cap_groups": 11}
