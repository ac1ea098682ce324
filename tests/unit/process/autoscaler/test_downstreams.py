"""Which downstreams are away is known at each tick, and costs nothing while nobody says anything new."""

from __future__ import annotations

from punctuald.policy.delivery.downstream import Report
from punctuald.process.autoscaler.downstreams import Downstreams

QUEUES = ("orders", "bills", "mails")
NEVER_DOWN, DOWN, BACK = Report(True), Report(True, down_mono=5.0, held=2), Report(True, down_mono=5.0, up_mono=6.0)


class Said:
    """What one worker says, and of which queues it was read."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self._said = dict.fromkeys(QUEUES, NEVER_DOWN)
        self._changes = 0

    def say(self, queue: str, report: Report) -> None:
        self._said[queue] = report
        self._changes += 1

    def changes(self) -> int:
        return self._changes

    def reports(self, queue: str) -> list[Report]:
        self.read.append(queue)
        return [self._said[queue]]


def look(downstreams: Downstreams) -> tuple[frozenset[int], bool, bool]:
    """As at a tick."""
    return downstreams.down(), downstreams.all_are_down, downstreams.hold_messages


def test_while_nothing_is_said_nothing_is_read() -> None:
    said = Said()
    downstreams = Downstreams(QUEUES, said)
    for _ in range(5):
        assert look(downstreams) == (frozenset(), False, False)
    assert said.read == list(QUEUES)


def test_in_an_outage_only_that_queue_is_read_again() -> None:
    said = Said()
    downstreams = Downstreams(QUEUES, said)
    said.say("bills", DOWN)
    for _ in range(3):
        assert look(downstreams) == (frozenset({1}), False, True)
    assert said.read == [*QUEUES, *["bills"] * 3]


def test_the_last_queue_to_go_down_and_the_first_to_come_back_are_seen_at_once() -> None:
    said = Said()
    downstreams = Downstreams(QUEUES, said)
    for queue in QUEUES:
        assert not downstreams.all_are_down
        said.say(queue, DOWN)
    assert look(downstreams) == (frozenset({0, 1, 2}), True, True)
    said.say("mails", BACK)
    assert look(downstreams) == (frozenset({0, 1}), False, True)
