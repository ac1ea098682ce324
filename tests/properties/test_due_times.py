"""Whatever is known of a message's times, its stages add up to what its tier is measured by, and none is negative."""

from __future__ import annotations

from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubles.stats.sample_rows import rows_of
from punctuald.clock import ManualClock
from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.receive.due_times import count_from_due
from punctuald.delivery.settle.outcome_record import samples_of
from punctuald.model import Message
from punctuald.policy.delivery.due_time import AskedDue, due_of
from punctuald.policy.delivery.event_time import EventTime
from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.policy.delivery.tiers import TierTarget
from punctuald.source.memory.queue import MemoryQueue
from punctuald.source.memory.queue_source import MemoryQueueSource

SENT_UTC = 1_700_000_000.0
RECEIVED_MONO = 10_000.0
THRESHOLD_SECONDS = 3.0

seconds = st.floats(0, 2_000).map(lambda number: round(number, 3))


@given(
    queue=seconds | st.floats(-2, 0),
    produce=seconds,
    delay=st.just(0.0) | st.floats(0, 900),
    written=st.none() | seconds,
    asked=st.none() | seconds,
    until_start=seconds,
    handle=seconds,
    settle=seconds,
)
def test_stages_add_up_to_the_time_since_the_origin_and_say_whether_it_is_met(
    queue: float,
    produce: float,
    delay: float,
    written: float | None,
    asked: float | None,
    until_start: float,
    handle: float,
    settle: float,
) -> None:
    message = Message("id", "orders", "the body", "handle", SENT_UTC, SENT_UTC + queue)
    options = QueueOptions(0, MemoryQueueSource(MemoryQueue("orders", ManualClock()), lambda _: None), EventTime())
    item = InFlight(message, options, TierTarget(0, THRESHOLD_SECONDS, produce), RECEIVED_MONO, RECEIVED_MONO + 30)
    due = due_of(
        message,
        delay,
        None if written is None else SENT_UTC + written,
        None if asked is None else AskedDue(SENT_UTC + asked, has_run=True),
    )
    if delay or written or asked:
        count_from_due(item, due)

    item.started_mono = item.ready_from_mono + until_start
    item.finished_mono = item.started_mono + handle
    settled_mono = item.finished_mono + settle
    samples = samples_of([item], 0, settled_mono)

    [row] = rows_of(samples._replace(missed_by=[] if samples.met[0] else [MissCause.QUEUE]))
    stages = row[1:6]
    assert min(stages) >= 0
    origin_mono = item.deadline_mono - THRESHOLD_SECONDS
    assert fsum(stages) == pytest.approx(settled_mono - origin_mono, abs=1e-6)
    assert samples.met == [settled_mono <= item.deadline_mono]
