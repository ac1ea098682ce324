from __future__ import annotations

from collections.abc import Sequence

from punctuald.clock import ManualClock
from punctuald.demo.produce import Production, Schedule, produce
from punctuald.demo.sender import SendReceipt
from punctuald.demo.telemetry import TelemetryEvent, TelemetryFeed
from punctuald.errors import SourceUnavailable


class Recorder:
    """A queue that takes everything, and as long over it as it is told to."""

    def __init__(self, clock: ManualClock, *, takes_seconds: Sequence[float] = ()) -> None:
        self.sent_mono: list[float] = []
        self.batches: list[int] = []
        self._clock = clock
        self._takes_seconds = list(takes_seconds)

    def send(self, events: Sequence[TelemetryEvent]) -> SendReceipt:
        self.sent_mono.append(self._clock.mono())
        self.batches.append(len(events))
        self._clock.advance(self._takes_seconds.pop(0) if self._takes_seconds else 0.0)
        return SendReceipt(tuple(event.id for event in events), unsent=0)


def run(schedule: Schedule, clock: ManualClock, recorder: Recorder) -> Production:
    return produce(schedule, TelemetryFeed(seed=1, clock=clock), recorder.send, clock=clock, pause=clock.advance)


def test_a_burst_goes_in_batches_as_large_as_the_destination_takes() -> None:
    clock = ManualClock()
    recorder = Recorder(clock)
    produce(Schedule(25, 0.0, burst=25), TelemetryFeed(seed=1), recorder.send, clock=clock, largest_batch=20)
    run(Schedule(25, 0.0, burst=25), clock, recorder)
    assert recorder.batches == [20, 5, 10, 10, 5]


def test_each_burst_goes_out_at_its_own_time_after_the_start() -> None:
    clock = ManualClock(mono=0.0)
    recorder = Recorder(clock, takes_seconds=[0.03] * 4)
    production = run(Schedule(events=4, interval_seconds=0.25), clock, recorder)
    assert recorder.sent_mono == [0.0, 0.25, 0.5, 0.75]
    assert production.late_max_seconds == 0.0


def test_one_slow_send_does_not_move_the_later_ones() -> None:
    clock = ManualClock(mono=0.0)
    recorder = Recorder(clock, takes_seconds=[0.625])
    production = run(Schedule(events=5, interval_seconds=0.25), clock, recorder)
    assert recorder.sent_mono == [0.0, 0.625, 0.625, 0.75, 1.0]
    assert production.late_max_seconds == 0.375


def test_a_burst_is_sent_in_tens_and_the_last_one_is_the_rest() -> None:
    clock = ManualClock(mono=0.0)
    recorder = Recorder(clock)
    production = run(Schedule(events=30, interval_seconds=1.0, burst=12), clock, recorder)
    assert recorder.batches == [10, 2, 10, 2, 6]
    assert len(set(production.sent_ids)) == 30
    assert production.problem == ""


def test_an_event_that_stays_refused_is_a_problem_and_the_rest_goes_on() -> None:
    clock = ManualClock()
    receipts = [SendReceipt((), 1, "InvalidMessageContents: no"), SendReceipt(("b",), 0)]
    production = produce(Schedule(2, 0.0), TelemetryFeed(), lambda _: receipts.pop(0), clock=clock, pause=clock.advance)
    assert production.sent_ids == ["b"]
    assert production.problem == "1 events were refused: InvalidMessageContents: no"


def test_a_queue_out_of_reach_ends_production_and_what_was_sent_stays_counted() -> None:
    clock = ManualClock()
    answers = [SendReceipt(("a",), 0)]

    def send(_: Sequence[TelemetryEvent]) -> SendReceipt:
        if not answers:
            raise SourceUnavailable("can't connect", code="EndpointConnectionError")
        return answers.pop()

    production = produce(Schedule(5, 0.0), TelemetryFeed(), send, clock=clock, pause=clock.advance)
    assert production.sent_ids == ["a"]
    assert production.problem == "can't connect"
