from __future__ import annotations

import pytest

from punctuald.policy.queues.destination import Origin, destination

ARN = "arn:aws:sqs:eu-west-1:123456789012:orders"


@pytest.mark.parametrize(
    ("origin", "chosen", "queue"),
    [
        (Origin(moved_from=ARN), "", ARN),
        (Origin(copied_from="orders"), "", "orders"),
        (Origin(moved_from=ARN, copied_from="an earlier one"), "", ARN),
        (Origin(sources=[ARN]), "", ARN),
        (Origin(copied_from="orders", sources=["another"]), "", "orders"),
        (Origin(moved_from=ARN), "repaired", "repaired"),
        (Origin(stream="clicks"), "repaired", "repaired"),
    ],
)
def test_a_message_goes_back_where_it_came_from_unless_a_person_says_otherwise(
    origin: Origin, chosen: str, queue: str
) -> None:
    assert destination(origin, chosen).queue == queue


@pytest.mark.parametrize("origin", [Origin(), Origin(sources=["one", "two"]), Origin(stream="clicks", sources=["one"])])
def test_one_that_does_not_say_where_it_came_from_stays_and_says_what_to_do(origin: Origin) -> None:
    decided = destination(origin)
    assert decided.queue == ""
    assert decided.reason.endswith("give --to")
