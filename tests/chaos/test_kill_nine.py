"""Nine seconds of the chaos that `make chaos` runs for a minute, and the judgement itself on made-up stories."""

from __future__ import annotations

import pytest

from chaos.kill_nine import Attempt, Havoc, wreak

KILLED, WELL = 11, 22


@pytest.fixture(scope="module")
def havoc(tmp_path_factory: pytest.TempPathFactory) -> Havoc:
    return wreak(tmp_path_factory.mktemp("kill_nine"), seconds=9)


def test_workers_were_killed_under_load(havoc: Havoc) -> None:
    assert len(havoc.killed_mono) >= 4
    assert len(havoc.sent_ids) > 1_000
    assert havoc.snapshots >= 8


def test_every_message_is_handled_though_workers_are_killed(havoc: Havoc) -> None:
    assert havoc.lost == []


def test_only_what_a_killed_worker_held_is_handled_twice(havoc: Havoc) -> None:
    assert havoc.unexcused == {}


def test_statistics_never_go_back_when_workers_are_killed(havoc: Havoc) -> None:
    assert havoc.went_back == []


def test_every_death_is_explained(havoc: Havoc) -> None:
    assert havoc.unexplained_deaths == []


@pytest.mark.parametrize(
    ("first_pid", "finished_mono", "excused"),
    [(KILLED, 99.5, True), (KILLED, 90.0, False), (WELL, 99.5, False)],
    ids=["in flight at the kill", "long before the kill", "of a worker that lives"],
)
def test_a_repetition_is_excused_only_by_a_kill_in_hand(first_pid: int, finished_mono: float, excused: bool) -> None:
    attempts = {"a": [Attempt(first_pid, finished_mono), Attempt(WELL, 105.0)]}
    story = Havoc(sent_ids=["a"], killed_mono={KILLED: 100.0}, attempts=attempts)
    assert (story.unexcused == {}) is excused


def test_a_lost_message_and_an_untold_death_are_charged() -> None:
    story = Havoc(sent_ids=["a"], killed_mono={KILLED: 100.0})
    assert story.charges == ["lost: a", f"death: {KILLED}: killed, not told"]


def test_a_total_that_falls_is_charged() -> None:
    shots = [{"event": "stats.snapshot", "queues": {"q": {"done": done}}, "tiers": {}} for done in (5, 4)]
    assert Havoc(events=shots).went_back == ["q.done: 5 → 4"]
