"""Where a message waits that its handler wants later."""

from __future__ import annotations

from typing import Any

import pytest

from punctuald.policy.delivery.waiting import Waiting, where_to_wait

GOES_ON: dict[str, Any] = {
    "hold_seconds": 900.0,
    "is_full": False,
    "is_last_receive": False,
    "stops_in_seconds": None,
    "ran_before_stop": False,
}
STOPS = GOES_ON | {"stops_in_seconds": 30.0}
LAST: dict[str, Any] = {"is_last_receive": True}


@pytest.mark.parametrize(
    ("seconds", "given", "where"),
    [
        (900.0, GOES_ON, Waiting.HOLD),
        (901.0, GOES_ON, Waiting.RELEASE),
        (1.0, GOES_ON | {"is_full": True}, Waiting.RELEASE),
        (9_000.0, GOES_ON | LAST, Waiting.HOLD),
        (1.0, GOES_ON | LAST | {"is_full": True}, Waiting.HOLD),
        (30.0, STOPS, Waiting.HOLD),
        (30.0, STOPS | {"is_full": True}, Waiting.HOLD),
        (31.0, STOPS, Waiting.RELEASE),
        (31.0, STOPS | LAST, Waiting.RUN_NOW),
        (31.0, STOPS | LAST | {"ran_before_stop": True}, Waiting.FAIL),
        (31.0, STOPS | {"ran_before_stop": True}, Waiting.RELEASE),
        (1.0, GOES_ON | LAST | {"ran_before_stop": True}, Waiting.FAIL),
        (1.0, STOPS | LAST | {"ran_before_stop": True}, Waiting.HOLD),
    ],
)
def test_it_is_held_where_that_is_possible_and_never_given_back_unrun_at_its_last_receive(
    seconds: float, given: dict[str, Any], where: Waiting
) -> None:
    assert where_to_wait(seconds, **given) is where
