"""An hour of decisions."""

from __future__ import annotations

import orjson

from punctuald.clock import ManualClock
from punctuald.process.channel.operator_frames import Explained
from punctuald.process.observer.status.decision_history import KEPT_SECONDS, MOST_KEPT, DecisionHistory


class History(DecisionHistory):
    def __init__(self) -> None:
        self.clock = ManualClock()
        super().__init__(self.clock)

    def decide(self, workers: int, reason: str = "backlog", **more: object) -> None:
        fields = {"workers": workers, "reason": reason, **more}
        self.add(Explained(orjson.dumps(fields).decode()))


def test_the_same_decision_said_again_is_no_new_one_and_newer_numbers_are_kept() -> None:
    history = History()
    for rate in (1, 2, 3):
        history.decide(2, rate_per_second=rate)
        history.clock.advance(5)
    history.decide(2, "minimum")
    assert [(entry["workers"], entry["reason"]) for entry in history.newest(20)] == [(2, "backlog"), (2, "minimum")]
    found = history.in_force(history.clock.utc() - 1)
    assert found is not None
    assert found.fields["rate_per_second"] == 3


def test_the_newest_changes_are_shown_the_newest_last() -> None:
    history = History()
    for workers in range(1, 31):
        history.decide(workers, cap_cpu=9, head_age_seconds=0.5)
    shown = history.newest(20)
    assert [entry["workers"] for entry in shown] == list(range(11, 31))
    assert (shown[-1]["caps"], shown[-1]["head_age_seconds"]) == ({"cpu": 9}, 0.5)


def test_what_is_older_than_an_hour_is_forgotten() -> None:
    history = History()
    began_utc = history.clock.utc()
    history.decide(1)
    history.clock.advance(KEPT_SECONDS / 2)
    history.decide(2)
    history.clock.advance(KEPT_SECONDS / 2 + 1)
    history.decide(3)
    assert history.in_force(began_utc + 1) is None
    assert history.earliest_utc == began_utc + KEPT_SECONDS / 2


def test_a_pool_that_changes_with_each_tick_takes_no_more_memory() -> None:
    history = History()
    for workers in range(MOST_KEPT + 500):
        history.decide(workers)
    newest = history.in_force(None)
    assert newest is not None
    assert newest.fields["workers"] == MOST_KEPT + 499
    assert len(history.newest(10_000)) == MOST_KEPT


def test_what_is_no_decision_is_left_out() -> None:
    history = History()
    for fields in ("", "{", "[]", "7", "null"):
        history.add(Explained(fields))
    assert history.in_force(None) is None
    assert history.newest(20) == []
    assert history.earliest_utc is None
