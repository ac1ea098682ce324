from __future__ import annotations

import pytest

from punctuald.view.terminal.top.shares import Claim, share_lines


@pytest.mark.parametrize(
    ("claims", "lines", "shares"),
    [
        ([3, 4, 5], 12, [3, 4, 5]),
        ([3, 4, 5], 50, [3, 4, 5]),
        ([50, 50, 50], 9, [3, 3, 3]),
        ([2, 50, 50], 10, [2, 4, 4]),
        ([50, 50, 50], 5, [3, 2, 0]),  # a title alone says nothing
        ([50, 50, 50], 1, [0, 0, 0]),
        ([50, 1, 50], 5, [2, 1, 2]),  # a section that is but a title
        ([], 5, []),
    ],
)
def test_lines_go_to_all_alike_as_far_as_they_can_fill_them(claims: list[int], lines: int, shares: list[int]) -> None:
    assert share_lines([Claim(count, 1) for count in claims], lines) == shares


def test_a_heavier_section_has_more() -> None:
    assert share_lines([Claim(50, 1), Claim(50, 3)], 12) == [3, 9]
