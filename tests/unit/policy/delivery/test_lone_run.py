from __future__ import annotations

from typing import Any

import pytest

from punctuald.policy.delivery.lone_run import (
    LONGEST_PATIENCE_SECONDS,
    ONLY_SUSPECTS_SECONDS,
    PATIENCE_SECONDS,
    LoneStep,
    lone_step,
    patience,
)

LET_OTHERS, WAIT, RUN, REST = LoneStep


def step(**said: Any) -> LoneStep:
    usual: dict[str, Any] = {
        "has_suspects": True,
        "without_others_seconds": 0.0,
        "is_quiet": False,
        "has_turn": True,
        "waited_seconds": 0.0,
        "patience_seconds": PATIENCE_SECONDS,
        "rests": False,
    }
    return lone_step(**{**usual, **said})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"has_suspects": False}, LET_OTHERS),
        ({"has_suspects": False, "is_quiet": True}, LET_OTHERS),
        ({}, WAIT),
        ({"is_quiet": True}, RUN),
        ({"is_quiet": True, "waited_seconds": 2 * PATIENCE_SECONDS}, REST),
        ({"is_quiet": True, "waited_seconds": 2 * PATIENCE_SECONDS, "without_others_seconds": 9.0}, REST),
        ({"has_turn": False}, LET_OTHERS),
        ({"has_turn": False, "is_quiet": True}, LET_OTHERS),
        ({"has_turn": False, "without_others_seconds": ONLY_SUSPECTS_SECONDS, "is_quiet": True}, RUN),
        ({"has_turn": False, "without_others_seconds": 0.9 * ONLY_SUSPECTS_SECONDS, "is_quiet": True}, LET_OTHERS),
        ({"without_others_seconds": 0.1, "is_quiet": True}, RUN),
        ({"without_others_seconds": 0.1, "is_quiet": True, "rests": True}, RUN),
        ({"waited_seconds": PATIENCE_SECONDS}, REST),
        ({"waited_seconds": PATIENCE_SECONDS, "patience_seconds": 2 * PATIENCE_SECONDS}, WAIT),
        ({"rests": True}, LET_OTHERS),
        ({"rests": True, "is_quiet": True}, LET_OTHERS),
    ],
)
def test_what_a_worker_with_suspects_does_next(said: dict[str, Any], expected: LoneStep) -> None:
    assert step(**said) is expected


@pytest.mark.parametrize(
    ("vain_attempts", "limit_seconds", "seconds"),
    [
        (0, 0.0, PATIENCE_SECONDS),
        (3, 0.0, 8 * PATIENCE_SECONDS),
        (9, 60.0, LONGEST_PATIENCE_SECONDS),
        (9, 1_800.0, 1_800.0),
        (10_000, 1_800.0, 1_800.0),
    ],
)
def test_each_attempt_in_vain_makes_it_more_patient_until_all_that_runs_must_have_ended(
    vain_attempts: int, limit_seconds: float, seconds: float
) -> None:
    assert patience(vain_attempts, limit_seconds) == seconds
