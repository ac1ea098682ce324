from __future__ import annotations

from punctuald.delivery.settle.late_lines import LINES_PER_SECOND, LateLines


def test_as_many_as_a_person_reads_have_a_line_each_and_the_others_are_counted() -> None:
    lines = LateLines()
    told = [lines.suppressed(10.0 + number / 1_000) for number in range(LINES_PER_SECOND + 7)]
    assert told == [0] * LINES_PER_SECOND + [None] * 7
    assert [lines.suppressed(11.0), lines.suppressed(11.0)] == [7, 0]


def test_late_messages_that_come_one_by_one_are_all_told_of() -> None:
    lines = LateLines()
    assert {lines.suppressed(float(second)) for second in range(3 * LINES_PER_SECOND)} == {0}
