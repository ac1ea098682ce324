from __future__ import annotations

import pytest

from punctuald.view.terminal.human import (
    UNKNOWN,
    human_seconds,
    human_share,
    short_bytes,
    short_count,
    short_rate,
    short_seconds,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 µs"),
        (0.00085, "850 µs"),
        (0.0012, "1.2 ms"),
        (0.0123, "12 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.00 s"),
        (1.237, "1.24 s"),
        (59.99, "59.99 s"),
        (60.0, "1 min 00 s"),
        (125.4, "2 min 05 s"),
    ],
)
def test_a_duration_is_said_as_people_say_it(seconds: float, text: str) -> None:
    assert human_seconds(seconds) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(1.0, "100.00 %"), (0.99999, "99.99 %"), (0.5, "50.00 %"), (0.29, "29.00 %"), (-1.5, "-150.00 %")],
)
def test_a_share_is_a_full_hundred_only_when_it_is(share: float, text: str) -> None:
    assert human_share(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, UNKNOWN),
        (-0.5, "0 s"),
        (0.00085, "850 µs"),
        (59.994, "59.99 s"),
        (59.996, "1m 00s"),
        (125.4, "2m 05s"),
        (3599.6, "1h 00m"),
        (11_530, "3h 12m"),
        (86_399.7, "1d 00h"),
        (90 * 86_400 + 7_300, "90d 02h"),
    ],
)
def test_a_duration_in_a_column_takes_seven_characters_at_most(seconds: float | None, text: str) -> None:
    assert short_seconds(seconds) == text
    assert len(text) <= 7


@pytest.mark.parametrize(
    ("count", "text"),
    [(None, UNKNOWN), (0, "0"), (12_345, "12,345"), (99_999, "99,999"), (100_000, "100k"), (999_999, "999k"),
     (1_290_000, "1.2M"), (5_000_000_000, "5.0G"), (7 * 10**15, "7000T")],
)  # fmt: skip
def test_a_count_in_a_column_takes_six_characters_at_most_and_is_not_rounded_up(count: int | None, text: str) -> None:
    assert short_count(count) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [(None, UNKNOWN), (0.0, "0.0"), (0.049, "0.05"), (12.54, "12.5"), (1234.6, "1,235"), (250_000.0, "250k")],
)
def test_a_rate_in_a_column_takes_six_characters_at_most(rate: float | None, text: str) -> None:
    assert short_rate(rate) == text


def test_memory_is_shown_in_mebibytes() -> None:
    assert short_bytes(None) == UNKNOWN
    assert short_bytes(1_300 * 2**20) == "1,300 MB"
