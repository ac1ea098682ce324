"""What an SQS queue's attributes are, beside what an operator wants them to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

REDRIVE_POLICY = "RedrivePolicy"
NOT_SET = "not set"


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute, as SQS calls it and as it writes its values; ``before`` None = it is not set."""

    name: str
    before: str | None
    after: str

    def __str__(self) -> str:
        return f"{self.name}: {shown(self.name, self.before)} → {shown(self.name, self.after)}"


def changes(present: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[Change, ...]:
    """What must be set for ``present`` to have all that is ``wanted``; none where it has."""
    return tuple(
        Change(name, present.get(name), value)
        for name, value in wanted.items()
        if _comparable(name, present.get(name)) != _comparable(name, value)
    )


def shown(name: str, value: str | None) -> str:
    """An attribute's value for a person: of a redrive policy, how often and where to."""
    if not value:
        return NOT_SET
    redrive = _redrive(value) if name == REDRIVE_POLICY else None
    return f"after {redrive[0]} receives to {redrive[1].rpartition(':')[2]}" if redrive else value


def redrive_policy(dead_letter_arn: str, max_receive_count: int) -> str:
    """The attribute's value, as AWS's own console writes it."""
    return orjson.dumps({"deadLetterTargetArn": dead_letter_arn, "maxReceiveCount": max_receive_count}).decode()


def _comparable(name: str, value: str | None) -> object:
    """One policy is written in many ways: the count as a number or as text, the members in any order."""
    if name != REDRIVE_POLICY or not value:
        return (value or "").lower()  # a truth value is "true" to SQS, and "True" to others
    return _redrive(value) or value


def _redrive(value: str) -> tuple[int, str] | None:
    try:
        policy = orjson.loads(value)
        return int(policy["maxReceiveCount"]), str(policy["deadLetterTargetArn"])
    except (ValueError, TypeError, LookupError):
        return None
