"""Records of the standard library's `logging`."""

from __future__ import annotations

import logging

import pytest

from punctuald.policy.log_lines.records import is_chatter, level_of


@pytest.mark.parametrize(
    ("number", "level"),
    [
        (0, "debug"),
        (5, "debug"),
        (10, "debug"),
        (20, "info"),
        (25, "info"),
        (30, "warning"),
        (40, "error"),
        (99, "critical"),
    ],
)
def test_every_level_has_one_of_ours(number: int, level: str) -> None:
    assert level_of(number) == level


def test_libraries_of_the_daemons_own_are_heard_from_warnings_on() -> None:
    assert is_chatter("botocore.credentials", logging.INFO)
    assert is_chatter("asyncio", logging.DEBUG)
    assert not is_chatter("asyncio", logging.ERROR)
    assert not is_chatter("botocores_cousin", logging.INFO)
    assert not is_chatter("shop.botocore", logging.INFO)
