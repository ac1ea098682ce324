"""Two reports beside each other."""

from __future__ import annotations

from pathlib import Path

from doubles.log_report.made_log import daemon, queue, report, tier, write
from punctuald.view.log_report.comparison import compared


def numbers(tmp_path: Path, first: list[bytes], second: list[bytes]) -> dict[str, tuple[str, ...]]:
    reports = [report(write(tmp_path / f"{name}.log", lines)) for name, lines in (("a", first), ("b", second))]
    [*_, sums] = compared(*reports)
    return {row[0]: row[1:] for _, table in sums.tables for row in table.rows}


def test_numbers_stand_beside_each_other_with_their_difference(tmp_path: Path) -> None:
    rows = numbers(
        tmp_path,
        [daemon(), tier(met=90, late={"queue": 10}), queue(counts={"done": 100, "request_receive": 50})],
        [daemon(), tier(met=198, late={"queue": 2}), queue(counts={"done": 200, "request_receive": 20})],
    )
    assert rows["peak: messages"] == ("100", "200", "+100")
    assert rows["peak: on time"] == ("90.000 %", "99.000 %", "+9.000 %")
    assert rows["late by queue"] == ("10.000 %", "1.000 %", "-9.000 %")
    assert rows["calls a message"] == ("0.5", "0.1", "-0.4")


def test_a_difference_that_can_not_be_seen_has_no_sign(tmp_path: Path) -> None:
    first, second = ([daemon(), tier(met=met, late={"queue": 1})] for met in (9_999_999, 9_999_998))
    rows = numbers(tmp_path, first, second)
    assert rows["peak: on time"] == ("100.000 %", "100.000 %", "0.000 %")
    assert rows["peak: messages"] == ("10,000,000", "9,999,999", "-1")


def test_a_tier_that_only_one_has_is_not_known_of_the_other(tmp_path: Path) -> None:
    rows = numbers(tmp_path, [daemon(), tier(name="old")], [daemon(), tier(name="new")])
    assert rows["old: messages"] == ("90", "–", "–")  # noqa: RUF001 - a dash
    assert rows["new: on time"] == ("–", "100.00 %", "–")  # noqa: RUF001
