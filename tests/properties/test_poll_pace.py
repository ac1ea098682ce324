"""How often a shard is read: never past its limits, never slower than it may be, and always back to normal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from punctuald.policy.receive.poll_pace import (
    LONGEST_THROTTLED_SECONDS,
    SHARD_BYTES_PER_SECOND,
    NextPoll,
    PollPace,
    after_answer,
    after_throttle,
)

INTERVALS = st.floats(0.2, 5)
LARGEST_ANSWER = 10_000_000
READ = st.tuples(st.integers(0, LARGEST_ANSWER), st.sampled_from([0.0, 0.5, 3_600.0]), st.floats(0, 5))
READS = st.lists(READ | st.none(), max_size=40)  # None: a throttle
Read = tuple[int, float, float]


def paced(interval: float, reads: list[Read | None]) -> list[tuple[PollPace, NextPoll, Read | None]]:
    """Each state with the read before it."""
    pace, found, last_seconds = PollPace(interval, max(1.0, interval)), [], 0.0
    for read in reads:
        if read is None:
            pace, poll = after_throttle(pace)
        else:
            data_bytes, behind_seconds, took_seconds = read
            pace, poll = after_answer(
                pace,
                data_bytes=data_bytes,
                behind_seconds=behind_seconds,
                since_last_seconds=last_seconds,
                took_seconds=took_seconds,
            )
        last_seconds = poll.wait_seconds + (read[2] if read else 0.0)
        found.append((pace, poll, read))
    return found


@given(INTERVALS, READS)
def test_from_read_to_read_is_never_less_than_the_interval(interval: float, reads: list[Read | None]) -> None:
    for _, poll, read in paced(interval, reads):
        assert poll.wait_seconds + (read[2] if read else 0.0) >= interval - 1e-9


@given(INTERVALS, READS)
def test_bytes_are_paid_for_with_time(interval: float, reads: list[Read | None]) -> None:
    for _, poll, read in paced(interval, reads):
        if read is not None:
            assert (poll.wait_seconds + read[2]) * SHARD_BYTES_PER_SECOND >= read[0] - 1


@given(INTERVALS, READS)
def test_no_pause_is_longer_than_the_longest(interval: float, reads: list[Read | None]) -> None:
    for pace, poll, _ in paced(interval, reads):
        assert 0 <= poll.wait_seconds <= max(LONGEST_THROTTLED_SECONDS, pace.idle_interval_seconds, interval)


@given(INTERVALS, st.integers(1, 200))
def test_while_it_is_behind_nothing_slows_it_down(interval: float, empty_answers: int) -> None:
    found = paced(interval, [(0, 60.0, 0.0)] * empty_answers)
    assert {(poll.wait_seconds, poll.reason) for _, poll, _ in found} == {(interval, "interval")}


@given(INTERVALS, READS)
def test_each_throttle_doubles_the_interval_up_to_the_longest(interval: float, reads: list[Read | None]) -> None:
    before = PollPace(interval, max(1.0, interval))
    for pace, _, read in paced(interval, reads):
        if read is None:
            assert pace.least_seconds == min(max(LONGEST_THROTTLED_SECONDS, interval), 2 * before.least_seconds)
        else:
            assert pace.least_seconds <= before.least_seconds
        before = pace


@given(INTERVALS, READS)
def test_after_good_reads_the_throttles_are_forgotten(interval: float, reads: list[Read | None]) -> None:
    pace = paced(interval, [*reads, *[(1, 0.0, 0.0)] * 60])[-1][0]
    assert pace == PollPace(interval, max(1.0, interval))


@given(st.floats(0.2, 1.0), st.integers(1, 50))
def test_a_shard_is_back_at_its_own_pace_20_seconds_after_the_last_throttle(interval: float, throttles: int) -> None:
    found = paced(interval, [*[None] * throttles, *[(1, 0.0, 0.0)] * 60])
    waits = [poll.wait_seconds for _, poll, _ in found[throttles - 1 :] if poll.reason == "throttled"]
    assert 0 < sum(waits) <= 20


@given(st.floats(0.2, 1.0), st.floats(0.1, 600))
def test_an_idle_shard_is_late_by_a_fifth_of_its_idleness_at_most(interval: float, idle_seconds: float) -> None:
    pace, poll = after_answer(
        PollPace(interval, 1_000.0), data_bytes=0, behind_seconds=0.0, since_last_seconds=idle_seconds, took_seconds=0.0
    )
    assert poll.wait_seconds == max(interval, 0.2 * idle_seconds)
    assert pace.idle_seconds == idle_seconds
