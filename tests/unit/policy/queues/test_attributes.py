from __future__ import annotations

import json

from punctuald.policy.queues.attributes import Change, changes, redrive_policy

ARN = "arn:aws:sqs:eu-west-1:123456789012:orders-dlq"


def test_what_is_as_it_should_be_needs_no_change() -> None:
    assert changes({"VisibilityTimeout": "30", "FifoQueue": "True"}, {"FifoQueue": "true"}) == ()


def test_a_change_says_what_was_and_what_will_be() -> None:
    (change,) = changes({"VisibilityTimeout": "30"}, {"VisibilityTimeout": "60"})
    assert change == Change("VisibilityTimeout", "30", "60")
    assert str(change) == "VisibilityTimeout: 30 → 60"


def test_a_redrive_policy_is_compared_by_what_it_means() -> None:
    as_text = json.dumps({"maxReceiveCount": "5", "deadLetterTargetArn": ARN})
    assert changes({"RedrivePolicy": as_text}, {"RedrivePolicy": redrive_policy(ARN, 5)}) == ()
    (change,) = changes({"RedrivePolicy": as_text}, {"RedrivePolicy": redrive_policy(ARN, 3)})
    assert str(change) == "RedrivePolicy: after 5 receives to orders-dlq → after 3 receives to orders-dlq"


def test_an_attribute_that_is_not_set_is_said_to_be_so() -> None:
    (change,) = changes({}, {"RedrivePolicy": redrive_policy(ARN, 5)})
    assert str(change) == "RedrivePolicy: not set → after 5 receives to orders-dlq"


def test_a_policy_that_nobody_can_read_is_changed() -> None:
    assert len(changes({"RedrivePolicy": "?"}, {"RedrivePolicy": redrive_policy(ARN, 5)})) == 1
