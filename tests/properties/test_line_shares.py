"""The law of a screen's lines: they are never more than there are, and none is left while a section could fill it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from punctuald.view.terminal.top.shares import SHORTEST, Claim, share_lines

CLAIMS = st.lists(st.builds(Claim, lines=st.integers(0, 80), weight=st.integers(1, 5)), max_size=6)


@given(CLAIMS, st.integers(0, 100))
def test_no_section_has_more_than_it_fills_and_none_has_a_title_alone(claims: list[Claim], lines: int) -> None:
    shares = share_lines(claims, lines)
    assert sum(shares) <= lines
    assert all(share == 0 or min(SHORTEST, claim.lines) <= share <= claim.lines
               for share, claim in zip(shares, claims, strict=True))  # fmt: skip


@given(CLAIMS, st.integers(0, 100))
def test_a_line_is_left_over_only_where_nobody_could_use_it(claims: list[Claim], lines: int) -> None:
    shares = share_lines(claims, lines)
    left = lines - sum(shares)
    for share, claim in zip(shares, claims, strict=True):
        assert left == 0 or share == claim.lines or (share == 0 and left < SHORTEST)
