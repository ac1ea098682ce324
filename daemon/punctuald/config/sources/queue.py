"""`[[queue]]`: one Amazon SQS queue."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator

from punctuald.config.fields import required_text, seconds, text, whole
from punctuald.model import IN_REGION
from punctuald.policy.delivery.lease import LONGEST_LEASE_SECONDS
from punctuald.ports import SQS_LARGEST_BATCH, SQS_LONGEST_POLL_SECONDS

from .region import MOST_REGIONS, URL, RegionSettings, in_region, repeated_name
from .source import SourceSettings

QUEUE_NAME = r"^[A-Za-z0-9_-]{1,75}([A-Za-z0-9_-]{0,5}|\.fifo)$"


def _kind_of_region(value: Any) -> str:
    return "tables" if isinstance(value, list | tuple) else "text"


Regions = Annotated[
    tuple[RegionSettings, ...],
    Field(
        strict=False, min_length=1, max_length=MOST_REGIONS, json_schema_extra={"x-allowed": "[[queue.region]] tables"}
    ),
]


class QueueSettings(SourceSettings):
    """One queue, and who handles its messages."""

    kind: ClassVar[str] = "queue"

    name: str = required_text(
        "The SQS queue's name; looked up in its region unless `url` is given.",
        pattern=QUEUE_NAME,
        allowed="1 to 80 letters, digits, _ or -, with .fifo at the end for a FIFO queue",
    )
    url: str = text("", "The queue's URL; empty = found by its name.", pattern=URL, allowed="an http(s) URL, or empty")
    endpoint_url: str = text(
        "", "Another SQS endpoint than AWS's own; empty = AWS.", pattern=URL, allowed="an http(s) URL, or empty"
    )
    region: Annotated[
        Annotated[str, Tag("text")] | Annotated[Regions, Tag("tables")], Discriminator(_kind_of_region)
    ] = Field(
        default="",
        description="The AWS region; empty = AWS_DEFAULT_REGION, AWS_REGION or the profile's. Where the queue is in"
        " several, a [[queue.region]] table for each, the preferred one first.",
    )
    region_order: Literal["preference", "weight"] = Field(
        default="preference",
        description="Of several regions that all have messages, which has how much of the room: the earlier ones more,"
        " or each by its weight.",
    )
    deduplication_attribute: str = text(
        "",
        "Message attribute with the id of a producer that sends to several regions: a copy of what is settled is"
        " dropped; empty = a FIFO queue's MessageDeduplicationId.",
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

    @field_validator("region")
    @classmethod
    def _fits_its_urls(
        cls, region: str | tuple[RegionSettings, ...], info: ValidationInfo
    ) -> str | tuple[RegionSettings, ...]:
        given = [key for key in ("url", "endpoint_url") if info.data.get(key)]
        if isinstance(region, str):
            for key in given:
                in_region(info.data[key], region)
            return region
        if given:
            raise ValueError(f"{given[0]} belongs into each [[queue.region]], where there are any")
        if name := repeated_name(region):
            raise ValueError(f'"{name}" is given twice')
        return region

    @field_validator("dead_letter_queue")
    @classmethod
    def _can_be_had_there(cls, name_or_url: str, info: ValidationInfo) -> str:
        region = info.data.get("region", "")
        if isinstance(region, str):
            return in_region(name_or_url, region)
        if "://" in name_or_url:
            raise ValueError("is in one region: give the queue's name, which is looked for in each")
        return name_or_url

    @property
    def regions(self) -> tuple[RegionSettings, ...]:
        """Those that it is in, the preferred one first; none where it is in one only."""
        return () if isinstance(self.region, str) else self.region

    @property
    def by_region(self) -> tuple[QueueSettings, ...]:
        """The SQS queues that it is: itself, or one for each of its regions."""
        if not self.regions:
            return (self,)
        return tuple(self._in(region) for region in self.regions)

    @property
    def queue_name(self) -> str:
        """What SQS knows it by, in whichever region."""
        return self.name.partition(IN_REGION)[0]

    @property
    def one_of_several(self) -> bool:
        """Whether it is one of `by_region` of a queue that is in several."""
        return IN_REGION in self.name

    @property
    def region_name(self) -> str:
        """Of one that is in one region; "" = AWS's own setting."""
        return self.region if isinstance(self.region, str) else ""

    def _in(self, region: RegionSettings) -> QueueSettings:
        of_one = {"region": region.name, "url": region.url, "endpoint_url": region.endpoint_url}
        several = len(self.regions) > 1
        return self.model_copy(
            update={**of_one, "name": f"{self.name}{IN_REGION}{region.name}" if several else self.name}
        )

    @property
    def longest_poll_seconds(self) -> float:
        """See `SourceSettings.longest_poll_seconds`."""
        return self.wait_seconds
