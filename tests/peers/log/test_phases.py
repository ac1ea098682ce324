"""Records count for the step in which they were due."""

from __future__ import annotations

from peers.kafka.handled import NOT_TOLD, Handled
from peers.kafka.load import Sent
from peers.log.phases import Phase, figures_of

PHASES = [
    Phase("first", is_takeover=False, begun_utc=10.0, ended_utc=20.0, names=("a", "b", "a")),
    Phase("second", is_takeover=True, begun_utc=20.0, ended_utc=30.0, names=()),
]


def test_a_record_counts_for_the_step_in_which_it_was_due_however_late_it_is_and_by_its_first_run() -> None:
    sent = [Sent("k", number, 0, number, due_utc) for number, due_utc in enumerate((5.0, 11.0, 19.0, 21.0))]
    runs = [(0, 5.5), (1, 11.5), (2, 25.0), (3, 22.0), (3, 29.0)]
    first, second = figures_of(PHASES, sent, [Handled("k", number, 0, NOT_TOLD, utc, 7) for number, utc in runs])
    assert (first.records, first.longest, second.records, second.longest) == (2, 6.0, 1, 1.0)
    assert "3 lines (2 a, 1 b)" in str(first)


def test_a_step_without_records_has_no_latency() -> None:
    assert [figures.records for figures in figures_of(PHASES, [], [])] == [0, 0]
