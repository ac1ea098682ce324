"""The table of settings over every pair, and a supervisor's generations over every story that a daemon can tell."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubles.process.settings_generation import numbered
from punctuald.policy.pool.generations import TABLE, Event, Standing, Verdict
from punctuald.process.supervisor.generations import Announcement, Generations

ON_TRIAL = {Standing.ON_TRIAL_AFTER_PROVEN: Standing.PROVEN, Standing.ON_TRIAL_AFTER_UNPROVEN: Standing.UNPROVEN}
FAILURES = {Event.REFUSED, Event.NOT_STARTED}


@pytest.mark.parametrize(("standing", "event"), list(product(Standing, Event)))
def test_every_event_in_every_standing_has_one_verdict(standing: Standing, event: Event) -> None:
    after, verdict = TABLE[standing][event]
    assert (verdict is Verdict.ROLL_BACK) == (standing in ON_TRIAL and event in FAILURES)
    assert (verdict is Verdict.END) == (standing is Standing.UNPROVEN and event is Event.REFUSED)
    assert (after in ON_TRIAL) == (event is Event.RELOADED or (standing in ON_TRIAL and after is standing))
    if verdict is Verdict.ROLL_BACK:
        assert after is ON_TRIAL[standing]
    if event is Event.WORKER_READY:
        assert after is Standing.PROVEN


@given(st.lists(st.sampled_from(Event), max_size=30))
def test_in_every_story_the_one_in_force_is_the_newest_or_the_last_that_could_be_trusted(story: list[Event]) -> None:
    generations = Generations(numbered(1))
    expected, fallback, newest, proven = 1, 0, 1, set[int]()
    for event in story:
        if event is Event.RELOADED:
            assert generations.next_number == newest + 1
            generations.install(numbered(newest + 1))
            fallback, newest = fallback or expected, newest + 1
            expected = newest
        elif event is Event.WORKER_READY:
            generations.worker_ready(expected)
            proven.add(expected)
            fallback = 0
        else:
            verdict = generations.refused() if event is Event.REFUSED else generations.not_started()
            assert (verdict is Verdict.ROLL_BACK) == bool(fallback)
            assert (verdict is Verdict.END) == (not fallback and expected not in proven and event is Event.REFUSED)
            expected, fallback = fallback or expected, 0
        assert generations.in_force.number == expected


@given(st.lists(st.integers(0, 3)))
def test_each_generation_is_announced_once_when_enough_of_its_workers_are_ready(ready: list[int]) -> None:
    generations = Generations(numbered(1, min_workers=2))
    announced = [event for count in ready if (event := generations.announce(count))]
    assert announced == ([Announcement.CAME_UP] if any(count >= 2 for count in ready) else [])
