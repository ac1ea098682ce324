"""`[[stream]]`: one Amazon Kinesis stream, and the application whose workers share its shards."""

from __future__ import annotations

import re
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from punctuald.config.fields import required_text, seconds, text
from punctuald.config.section import not_less

from .partitioned import PartitionedSettings
from .queue import QUEUE_NAME, QueueSettings
from .region import URL, in_region

EARLIEST, LATEST = "earliest", "latest"
START = f'"{EARLIEST}", "{LATEST}", or a time such as 2026-11-27T08:00:00Z'
LEGAL = "[a-zA-Z0-9_.-]"  # in the names of streams and of DynamoDB's tables
OWN_APPLICATION = "punctuald-"
AWS_URL = "an http(s) URL, or empty"


class StreamSettings(PartitionedSettings):
    """One stream, the application that reads it here, and who handles its records."""

    kind: ClassVar[str] = "stream"

    name: str = required_text(
        "The stream's name, here and at AWS unless `stream` is given.",
        pattern=f"^{LEGAL}{{1,128}}$",
        allowed="1 to 128 letters, digits, _, . or -",
    )
    stream: str = text(
        "",
        "The stream's name at AWS; empty = `name`.",
        pattern=f"^({LEGAL}{{1,128}})?$",
        allowed="a stream's name, or empty",
    )
    region: str = text("", "The AWS region; empty = AWS_DEFAULT_REGION, AWS_REGION or the profile's.")
    endpoint_url: str = text("", "Another Kinesis endpoint than AWS's own; empty = AWS.", pattern=URL, allowed=AWS_URL)
    dynamodb_endpoint_url: str = text(
        "", "The same of DynamoDB, where the lease table is.", pattern=URL, allowed=AWS_URL
    )
    dead_letter_endpoint_url: str = text(
        "", "The same of SQS, where the dead-letter queue is.", pattern=URL, allowed=AWS_URL
    )
    application: str = text(
        "",
        "KCL's application name, which is the lease table's: workers of any language that name the same one share the"
        " stream's shards; empty = `punctuald-` and `name`.",
        pattern=f"^({LEGAL}{{3,255}})?$",
        allowed="3 to 255 letters, digits, _, . or -, or empty",
    )
    start: str = Field(
        default=EARLIEST,
        description="Where an application begins that has read nothing of the stream yet.",
        json_schema_extra={"x-allowed": START},
    )
    failover_seconds: float = seconds(
        10, 2, 300, "The shards of a worker that has not renewed its leases for so long are taken by others."
    )
    balance: Literal["even_shares", "kcl_leader"] = Field(
        default="even_shares",
        description="Who shares the shards out: even_shares = each worker takes its part; kcl_leader = the leader"
        " among workers of KCL 3, beside which ours are listed.",
    )
    revoke_timeout_seconds: float = seconds(
        5, 0, 240, "How long handlers may finish what they run of a shard that another worker takes over."
    )
    checkpoint_interval_seconds: float = seconds(
        2,
        0.2,
        300,
        "How often it is written to the lease table how far a shard is done; each renewal of its lease, a third of"
        " failover_seconds apart, writes it too.",
    )
    poll_interval_seconds: float = seconds(
        0.25, 0.2, 10, "A shard is read so often; all who read it share five reads a second."
    )
    idle_poll_interval_seconds: float = seconds(1, 0.2, 60, "Up to so long apart while nothing comes.")
    dead_letter_queue: str = text(
        "", "Name or URL of the SQS queue for rejected records; empty = none: such a record stays, and its key waits."
    )

    @field_validator("event_time_attribute", "due_time_attribute")
    @classmethod
    def _has_no_attributes(cls, name: str, info: ValidationInfo) -> str:
        if name:
            field = f"{info.field_name}".replace("_attribute", "_field")
            raise ValueError(f"a stream's records have no attributes: {field} is the same in a JSON body")
        return name

    @field_validator("start", mode="before")
    @classmethod
    def _a_time_is_text(cls, start: object) -> object:
        """TOML has times of its own, which need no quotation marks."""
        return start.isoformat() if isinstance(start, datetime) else start

    @field_validator("start")
    @classmethod
    def _is_a_beginning(cls, start: str) -> str:
        if start in {EARLIEST, LATEST}:
            return start
        try:
            at = datetime.fromisoformat(start)
        except ValueError:
            raise ValueError(f'"{start}" is not {START}') from None
        if at.tzinfo is None:
            raise ValueError(f'"{start}" does not say of which time zone it is: end it with Z or +01:00, say')
        return start

    @field_validator("idle_poll_interval_seconds")
    @classmethod
    def _idle_is_slower(cls, longest: float, info: ValidationInfo) -> float:
        return not_less(longest, info, "poll_interval_seconds")

    @field_validator("dead_letter_queue")
    @classmethod
    def _is_in_reach(cls, name_or_url: str, info: ValidationInfo) -> str:
        if name_or_url and not re.match(QUEUE_NAME, name_or_url.rpartition("/")[2]):
            raise ValueError(f'"{name_or_url}" is neither the name of an SQS queue nor its URL')
        return in_region(name_or_url, info.data.get("region", ""))

    @property
    def stream_name(self) -> str:
        """Its name at AWS."""
        return self.stream or self.name

    @property
    def application_name(self) -> str:
        """The lease table's name."""
        return self.application or f"{OWN_APPLICATION}{self.name}"

    @property
    def dead_letters(self) -> QueueSettings | None:
        """The queue for rejected records, of which nobody handles anything here."""
        name_or_url = self.dead_letter_queue
        if not name_or_url:
            return None
        return QueueSettings(
            name=name_or_url.rpartition("/")[2],
            url=name_or_url if "://" in name_or_url else "",
            region=self.region,
            endpoint_url=self.dead_letter_endpoint_url,
            handler=self.handler,
        )

    @property
    def begins(self) -> Literal["earliest", "latest"] | float:
        """See `start`; a time in seconds since the epoch."""
        if self.start == EARLIEST:
            return "earliest"
        return "latest" if self.start == LATEST else datetime.fromisoformat(self.start).timestamp()
