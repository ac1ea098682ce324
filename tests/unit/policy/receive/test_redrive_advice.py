from __future__ import annotations

import pytest

from punctuald.policy.receive.redrive_advice import redrive_advice


@pytest.mark.parametrize(
    ("max_receives", "has_dead_letter_queue", "said"),
    [
        (3, False, []),
        (50, True, []),
        (2, False, ["maxReceiveCount is 2"]),
        (1, True, ["maxReceiveCount is 1"]),
        (None, True, ["no redrive policy: a message that always fails"]),
        (None, False, ["no redrive policy and no dead_letter_queue", "no redrive policy: a message that always fails"]),
    ],
)
def test_what_should_be_known_before_messages_are_lost_is_said(
    max_receives: int | None, has_dead_letter_queue: bool, said: list[str]
) -> None:
    advice = redrive_advice(max_receives, has_dead_letter_queue=has_dead_letter_queue)
    assert [line[: len(begin)] for line, begin in zip(advice, said, strict=True)] == said
