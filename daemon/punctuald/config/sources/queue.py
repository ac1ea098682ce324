"""`[[queue]]`: one Amazon SQS queue."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from punctuald.config.fields import required_text, seconds, text, whole
from punctuald.policy.delivery.lease import LONGEST_LEASE_SECONDS
from punctuald.ports import SQS_LARGEST_BATCH, SQS_LONGEST_POLL_SECONDS

from .source import SourceSettings

URL = "^(https?://[^ ]+)?$"


class QueueSettings(SourceSettings):
    """One queue, and who handles its messages."""

    kind: ClassVar[str] = "queue"

    name: str = required_text(
        "The SQS queue's name; looked up in its region unless `url` is given.",
        pattern=r"^[A-Za-z0-9_-]{1,75}([A-Za-z0-9_-]{0,5}|\.fifo)$",
        allowed="1 to 80 letters, digits, _ or -, with .fifo at the end for a FIFO queue",
    )
    url: str = text("", "The queue's URL; empty = found by its name.", pattern=URL, allowed="an http(s) URL, or empty")
    region: str = text("", "The AWS region; empty = AWS_DEFAULT_REGION, AWS_REGION or the profile's.")
    endpoint_url: str = text(
        "", "Another SQS endpoint than AWS's own; empty = AWS.", pattern=URL, allowed="an http(s) URL, or empty"
    )
    transport: Literal["auto", "boto3", "fast"] = Field(
        default="auto",
        description="What carries the calls: fast = our own connection, at a tenth of boto3's CPU; auto = that, unless"
        " a proxy or another setting asks for what only boto3 does.",
    )
    batch_size: int = whole(
        10, 1, SQS_LARGEST_BATCH, "Messages that a handler which takes a list gets at most at once."
    )
    wait_seconds: int = whole(
        4, 0, SQS_LONGEST_POLL_SECONDS, "How long one long poll waits for messages; 0 = short polling.", unit="seconds"
    )
    poll_interval_seconds: float = seconds(0.1, 0.01, 60, "With short polling: pause after a poll that found nothing.")
    visibility_seconds: Literal["auto"] | Annotated[int, Field(ge=1, le=LONGEST_LEASE_SECONDS)] = Field(
        default="auto",
        description="How long a received message stays hidden from others, until its lease is renewed;"
        ' "auto" = three times the 99th percentile of the handling time.',
        json_schema_extra={"x-unit": "seconds"},
    )
    ack_linger_seconds: float = seconds(0.2, 0, 10, "How long a deletion may wait for others to share a request with.")
    dead_letter_queue: str = text(
        "", "Name or URL of the queue for rejected messages; empty = that of the queue's redrive policy."
    )

    @property
    def longest_poll_seconds(self) -> float:
        """See `SourceSettings.longest_poll_seconds`."""
        return self.wait_seconds
