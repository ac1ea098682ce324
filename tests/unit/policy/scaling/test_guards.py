"""The limits that the machine, what is downstream and the groups set, and nothing that adds a worker."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.scaling.observations import CALM, failing, later
from punctuald.policy.scaling.guards import Cap, Guard, GuardState, Limits, guards
from punctuald.policy.scaling.observation import Observation

MEGABYTE = 1024 * 1024
LIMITS = Limits(cpu_share=0.85, error_share=0.05, memory_reserve_bytes=256 * MEGABYTE, min_workers=1)
TEN = replace(CALM, workers_ordered=10, workers_ready=10, busy_slots=40)


def limits(observation: Observation, state: GuardState | None = None) -> tuple[Cap, ...]:
    return guards(observation, state or GuardState(), LIMITS)[0]


def after(*seen: Observation, state: GuardState | None = None) -> GuardState:
    """The state after these looks."""
    state = state or GuardState()
    for observation in seen:
        _, state = guards(observation, state, LIMITS)
    return state


def test_where_all_is_well_nothing_is_limited() -> None:
    assert limits(CALM) == ()


class TestCpu:
    BUSY = replace(CALM, cpu_share=0.9, mean_service_seconds=0.14)

    def test_a_processor_that_is_busy_for_15_seconds_and_slows_handlers_adds_nobody_and_takes_nobody(self) -> None:
        state = after(CALM, self.BUSY)

        assert limits(later(self.BUSY, 14.9), state) == ()
        assert limits(later(self.BUSY, 15.0), state) == (Cap(2, Guard.CPU),)

    def test_a_processor_that_slows_nobody_down_is_well_used(self) -> None:
        as_fast = replace(self.BUSY, mean_service_seconds=0.13)

        assert limits(later(as_fast, 15.0), after(CALM, as_fast)) == ()

    def test_without_a_service_time_a_busy_processor_is_enough(self) -> None:
        unknown = replace(self.BUSY, mean_service_seconds=None)

        assert limits(later(unknown, 15.0), after(unknown)) == (Cap(2, Guard.CPU),)

    def test_a_moment_of_rest_begins_the_15_seconds_anew(self) -> None:
        state = after(CALM, self.BUSY, later(replace(self.BUSY, cpu_share=0.85), 10.0), later(self.BUSY, 11.0))

        assert limits(later(self.BUSY, 20.0), state) == ()

    def test_the_first_look_may_be_at_the_very_boot(self) -> None:
        boot = replace(self.BUSY, now_mono=0.0, mean_service_seconds=None)

        assert limits(later(boot, 15.0), after(boot, later(boot, 5.0))) == (Cap(2, Guard.CPU),)

    def test_a_handler_that_is_slow_for_another_reason_becomes_the_base_within_ten_minutes(self) -> None:
        state = after(CALM, self.BUSY, later(replace(self.BUSY, cpu_share=0.5), 600.0))

        assert state.base_service_seconds == pytest.approx(0.14)
        assert after(CALM, later(self.BUSY, 60.0)).base_service_seconds == pytest.approx(0.104)

    def test_the_base_falls_at_once_and_stays_while_nothing_ends(self) -> None:
        state = after(CALM, replace(CALM, mean_service_seconds=0.05), replace(CALM, mean_service_seconds=None))

        assert state.base_service_seconds == 0.05


class TestFailures:
    def test_while_handlers_fail_nobody_is_added_and_as_many_go_as_failed(self) -> None:
        assert limits(failing(TEN, 0.3)) == (Cap(7, Guard.ERRORS),)

    def test_the_owner_s_minimum_is_never_cut(self) -> None:
        assert guards(failing(TEN, 1.0), GuardState(), replace(LIMITS, min_workers=8))[0] == (Cap(8, Guard.ERRORS),)

    def test_after_the_failures_the_limit_stands_until_it_is_lifted(self) -> None:
        clean = failing(replace(TEN, workers_ordered=5, workers_ready=5), 0.3, latest_share=0.0)
        state = after(failing(TEN, 0.5))

        assert limits(later(clean, 1.0), state) == (Cap(5, Guard.DOWNSTREAM),)


class TestGroups:
    @pytest.mark.parametrize(("groups", "workers"), [(0, 1), (1, 2), (4, 2), (5, 3)])
    def test_more_workers_than_groups_would_stand_idle_but_one(self, groups: int, workers: int) -> None:
        assert limits(replace(CALM, groups_seen=groups)) == (Cap(workers, Guard.GROUPS),)


class TestMemory:
    ROOMY = replace(CALM, worker_bytes=100 * MEGABYTE, memory_available_bytes=(256 + 350) * MEGABYTE)

    def test_no_more_than_fit_beside_the_reserve(self) -> None:
        assert limits(self.ROOMY) == (Cap(2 + 3, Guard.MEMORY),)

    def test_workers_that_are_starting_have_not_taken_their_memory_yet(self) -> None:
        assert limits(replace(self.ROOMY, workers_ordered=4)) == (Cap(2 + 3, Guard.MEMORY),)

    def test_workers_that_are_to_go_give_theirs_back(self) -> None:
        assert limits(replace(self.ROOMY, workers_ordered=1)) == (Cap(1 + 3, Guard.MEMORY),)

    def test_when_the_reserve_is_touched_a_worker_goes(self) -> None:
        assert limits(replace(self.ROOMY, memory_available_bytes=200 * MEGABYTE)) == (Cap(1, Guard.MEMORY),)

    @pytest.mark.parametrize("unknown", [{"worker_bytes": None}, {"worker_bytes": 0}, {"memory_available_bytes": None}])
    def test_what_is_not_known_limits_nothing(self, unknown: dict[str, int | None]) -> None:
        assert limits(replace(self.ROOMY, **unknown)) == ()  # type: ignore[arg-type]


def test_limits_come_in_one_order_the_machine_s_last() -> None:
    all_at_once = replace(
        failing(TEN, 1.0),
        cpu_share=1.0,
        mean_service_seconds=None,
        groups_seen=3,
        worker_bytes=1,
        memory_available_bytes=1,
    )
    found = limits(later(all_at_once, 15.0), after(all_at_once))

    assert [limit.guard for limit in found] == [Guard.CPU, Guard.ERRORS, Guard.GROUPS, Guard.MEMORY]


class TestProcesses:
    ROOMY = replace(CALM, tasks_available=35, worker_tasks=10)

    def test_no_more_workers_than_could_be_forked(self) -> None:
        assert limits(replace(TEN, process_ceiling=8)) == (Cap(8, Guard.PROCESSES),)

    def test_no_more_than_have_room_for_their_threads_with_room_for_one_left_free(self) -> None:
        assert limits(self.ROOMY) == (Cap(2 + 2, Guard.PROCESSES),)

    def test_none_is_let_go_for_the_lack_of_room(self) -> None:
        assert limits(replace(self.ROOMY, tasks_available=0)) == (Cap(2, Guard.PROCESSES),)

    def test_of_what_fits_and_what_could_be_forked_the_lower_counts(self) -> None:
        assert limits(replace(self.ROOMY, process_ceiling=3)) == (Cap(3, Guard.PROCESSES),)

    @pytest.mark.parametrize("unknown", [{"worker_tasks": None}, {"worker_tasks": 0}, {"tasks_available": None}])
    def test_what_is_not_known_limits_nothing(self, unknown: dict[str, int | None]) -> None:
        assert limits(replace(self.ROOMY, **unknown)) == ()  # type: ignore[arg-type]
