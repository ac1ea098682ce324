from __future__ import annotations

from punctuald.policy.log_lines.rate import LogRate


def test_as_many_as_a_person_reads_have_a_line_each_and_the_others_are_counted() -> None:
    rate = LogRate(50, 1.0)
    assert [rate.suppressed(10.0 + number / 1_000) for number in range(57)] == [0] * 50 + [None] * 7
    assert [rate.suppressed(11.0), rate.suppressed(11.0)] == [7, 0]


def test_what_comes_more_seldom_than_that_has_a_line_each_time() -> None:
    rate = LogRate(1, 60.0)
    assert {rate.suppressed(60.0 * minute) for minute in range(100)} == {0}
