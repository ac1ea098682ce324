"""A line does not grow with what it lists."""

from __future__ import annotations

from punctuald.policy.log_lines.lists import MOST_LISTED, listed


def test_of_a_long_list_a_line_has_the_first_and_the_number_of_the_others() -> None:
    many = [f"m{number}" for number in range(MOST_LISTED + 5)]
    assert listed(held=many) == {"held": many[:MOST_LISTED], "held_more": 5}


def test_of_a_long_mapping_too_in_its_order() -> None:
    many = {f"m{number}": number for number in range(MOST_LISTED + 1)}
    assert listed(fates=many) == {"fates": dict(list(many.items())[:MOST_LISTED]), "fates_more": 1}


def test_a_short_one_is_whole_and_says_nothing_more() -> None:
    assert listed(held=["a"], unavailable=[]) == {"held": ["a"], "unavailable": []}
