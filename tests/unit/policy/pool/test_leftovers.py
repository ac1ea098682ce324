"""When what a process left behind is ended."""

from __future__ import annotations

from punctuald.policy.pool.leftovers import LOOK_AFTER_SECONDS, TERM_SECONDS, Group, Signal, group_of, step

ENDED_MONO = 100.0


def signals(until_seconds: float) -> list[tuple[float, Signal]]:
    """What is sent to a group that does not end, and when; looked at each time that it is due."""
    group: Group | None = group_of(7, ENDED_MONO)
    sent: list[tuple[float, Signal]] = []
    while group is not None and group.due_mono <= ENDED_MONO + until_seconds:
        now_mono = group.due_mono
        taken = step(group, now_mono, at_once=False)
        if taken.signal is not Signal.NOTHING:
            sent.append((round(now_mono - ENDED_MONO, 3), taken.signal))
        group = taken.group
    return sent


def test_what_ends_with_its_parent_has_a_moment_to_do_so() -> None:
    group = group_of(7, ENDED_MONO)
    assert step(group, ENDED_MONO + LOOK_AFTER_SECONDS / 2, at_once=False).signal is Signal.NOTHING


def test_what_is_left_is_asked_to_end_and_then_killed_and_never_looked_at_again() -> None:
    [(asked_seconds, asked), (killed_seconds, killed)] = signals(until_seconds=60.0)
    assert (asked, asked_seconds) == (Signal.TERM, LOOK_AFTER_SECONDS)
    assert killed is Signal.KILL
    assert TERM_SECONDS <= killed_seconds - asked_seconds <= TERM_SECONDS + 0.2


def test_a_daemon_that_ends_at_once_waits_for_nothing() -> None:
    taken = step(group_of(7, ENDED_MONO), ENDED_MONO, at_once=True)
    assert (taken.group, taken.signal) == (None, Signal.KILL)
