"""What takes up room, and whose."""

from __future__ import annotations

from doubles.delivery_bench import Bench, ScriptedSource
from punctuald.delivery.inflight import UNSETTLED_FREE

QUICK_SECONDS = 0.0001
PILED_UP = UNSETTLED_FREE + 40


def bench_with_unsettled(count: int) -> Bench:
    """Of two queues the first one's acknowledgements can't keep up: so many wait for theirs, and nothing runs."""
    bench = Bench(ScriptedSource("slow to settle"), ScriptedSource("quick"), slots=4)
    bench.recorder.mean = QUICK_SECONDS
    for first in range(0, count, 10):
        assert bench.receive(*bench.messages(first, 10)) is not None
        bench.settler.settle(bench.take_all())
    assert (len(bench.hands), bench.hands.pending) == (count, 0)
    return bench


def test_what_one_queue_could_not_settle_takes_no_room_from_another() -> None:
    bench = bench_with_unsettled(PILED_UP)
    claim = bench.room.claim(bench.lanes[1].terms, quiet=False)
    assert claim is not None
    assert claim.asked == 10


def test_what_a_queue_could_not_settle_takes_room_from_its_own_receiver() -> None:
    bench = bench_with_unsettled(PILED_UP)
    assert bench.room.claim(bench.lane.terms, quiet=False) is None
    bench.settle_due()
    assert bench.room.claim(bench.lane.terms, quiet=False) is not None


def test_as_many_as_are_on_their_way_take_no_room() -> None:
    bench = bench_with_unsettled(UNSETTLED_FREE)
    assert bench.hands.occupied_for(bench.lane.terms.index) == 0


def test_what_runs_of_one_queue_takes_room_from_all() -> None:
    bench = bench_with_unsettled(PILED_UP)
    bench.receive(*bench.messages(PILED_UP, 10), lane=1)
    assert [bench.hands.occupied_for(lane.terms.index) for lane in bench.lanes] == [50, 10]
