"""What every source of messages has in common: who handles them, until when, and what happens when that fails."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar

from pydantic import Field, ValidationInfo, field_validator

from punctuald.config.fields import number, required_text, seconds, text, whole
from punctuald.config.section import Section, not_less
from punctuald.policy.delivery.lease import LONGEST_LEASE_SECONDS
from punctuald.policy.limits.queue_limits import QueueLimits

ExceptionName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$",
        json_schema_extra={"x-allowed": "an exception's name with its module, such as psycopg.OperationalError"},
    ),
]


SLOWEST_RATE = 0.001
"""Starts in a second: a worker that waits for the next one for longer would seem to do nothing at all."""


class SourceSettings(Section, ABC):
    """One source, and who handles its messages."""

    kind: ClassVar[str]
    """The name of its table in the file."""

    name: str
    tier: str = text("", "The tier of all of its messages; empty = by the time of their sending.")
    handler: str = required_text(
        "What handles a message.",
        pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$",
        allowed="module:function, or package.module:object.attribute",
    )
    handler_path: str = text(".", "The directory that handlers are imported from, relative to the configuration file.")
    time_limit_seconds: float = seconds(300, 0.1, LONGEST_LEASE_SECONDS, "How long handling one message may take.")
    lookahead_seconds: float = seconds(0.2, 0, 60, "Receive ahead what free slots can start within this time.")
    retry_initial_seconds: float = seconds(
        1, 0, LONGEST_LEASE_SECONDS, "Wait before a failed message comes again; doubles with each failure."
    )
    retry_max_seconds: float = seconds(900, 0, LONGEST_LEASE_SECONDS, "That wait grows up to this.")
    wait_hold_seconds: float = seconds(
        900, 0, LONGEST_LEASE_SECONDS, "A message that its handler wants later (`Wait`) is held for so long at most."
    )
    down_on: tuple[ExceptionName, ...] = Field(
        default=(),
        strict=False,
        max_length=100,
        description="Exception types that mean that what the handler calls is away, as `Unavailable` does.",
        json_schema_extra={"x-allowed": 'a list of names such as "psycopg.OperationalError"'},
    )
    event_time_attribute: str = text(
        "", "Message attribute with the producer's own event time, from which its latency then counts."
    )
    event_time_field: str = text("", "The same as a top-level field of a JSON body.")
    due_time_attribute: str = text(
        "",
        "Message attribute with the time from which a message may run: one that comes earlier is held, and its latency"
        " counts from then.",
    )
    due_time_field: str = text("", "The same as a top-level field of a JSON body.")
    concurrency: int = whole(
        0, 0, 1_000_000, "Messages of it that are handled at once at most, in all workers together; 0 = no limit."
    )
    rate_limit: float = number(
        0, 0, 10_000, "Handlers of it that start in a second at most, likewise; 0 = no limit.", unit="per second"
    )
    weight: int = whole(
        1, 1, 100, "Its part of the handler slots while several queues have overdue messages, beside their weights."
    )
    batch_size: int

    @field_validator("retry_max_seconds")
    @classmethod
    def _retry_grows(cls, longest: float, info: ValidationInfo) -> float:
        return not_less(longest, info, "retry_initial_seconds")

    @field_validator("rate_limit")
    @classmethod
    def _comes_in_a_lifetime(cls, per_second: float) -> float:
        if 0 < per_second < SLOWEST_RATE:
            raise ValueError(f"{per_second:g} is less than one in {1 / SLOWEST_RATE:g} s; 0 means no limit")
        return per_second

    @property
    def limits(self) -> QueueLimits:
        """What all workers together may do of it."""
        return QueueLimits(self.concurrency or None, self.rate_limit or None)

    @property
    @abstractmethod
    def longest_poll_seconds(self) -> float:
        """How long a stop may have to wait for a receive that is under way."""
