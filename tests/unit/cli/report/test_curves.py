"""Curves of replays beside those of the log."""

from __future__ import annotations

import pytest

from punctuald.cli.report.curves import curve
from punctuald.log_tables.figures.clock import Extent
from punctuald.simulate.engine.timeline import Timeline

BEGIN = 1_000_000.0
EXTENT = Extent(BEGIN, BEGIN + 30, 10, "UTC", ("vm1",))


def line(point_seconds: float, begin_utc: float = BEGIN) -> Timeline:
    return Timeline(begin_utc, point_seconds, (), (), (), (), (), (), (), ())


@pytest.mark.parametrize(
    ("timeline", "values", "sums", "means"),
    [
        (line(5.0), [1, 2, 3, 4, 5, 6], (3.0, 7.0, 11.0), (1.5, 3.5, 5.5)),
        (line(10.0), [1, 2], (1.0, 2.0, None), (1.0, 2.0, None)),
        (line(20.0), [4, 6, 9], (4.0, 0.0, 6.0), (4.0, 4.0, 6.0)),
        (line(5.0, BEGIN - 10), [9, 9, 1, 2, 3], (3.0, 3.0, None), (1.5, 3.0, None)),
        (line(10.0, BEGIN + 20), [7], (None, None, 7.0), (None, None, 7.0)),
    ],
)
def test_bins_have_sums_or_means_of_their_points(
    timeline: Timeline, values: list[int], sums: tuple[float | None, ...], means: tuple[float | None, ...]
) -> None:
    assert curve(timeline, values, EXTENT, is_sum=True) == sums
    assert curve(timeline, values, EXTENT, is_sum=False) == means
