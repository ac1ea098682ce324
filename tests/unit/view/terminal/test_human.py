from __future__ import annotations

import pytest

from punctuald.view.terminal.human import human_seconds, human_share


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
