from __future__ import annotations

import pytest

from punctuald.stats.board.tables.supervisor_words import SupervisorWords


def test_deaths_are_counted_by_role() -> None:
    words = SupervisorWords()
    for role in ("worker", "observer", "worker"):
        words.died(role)
    assert words.deaths() == {"worker": 2, "autoscaler": 0, "observer": 1}


def test_its_last_turn_is_known_once_there_was_one() -> None:
    words = SupervisorWords()
    assert words.turned_mono is None
    words.turned(12.5)
    assert words.turned_mono == pytest.approx(12.5)
