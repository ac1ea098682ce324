"""Every setting: its key, default, range, unit and meaning. config.toml at the top of the project shows them all."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from punctuald.policy.delivery.lease import LONGEST_LEASE_SECONDS
from punctuald.policy.delivery.tiers import DAY_SECONDS

from .fields import flag, number, seconds, tables, text, whole
from .monitoring import CloudWatchSettings, HttpSettings
from .references import SOME_SOURCE, Named, broken_references
from .section import Section, not_less, refusal
from .sources.queue import QueueSettings
from .sources.source import SourceSettings
from .sources.stream import StreamSettings
from .sources.topic import TopicSettings
from .tiers import SlaSettings

MOST_WORKERS = 512
MOST_HOSTS = 1000
TERABYTE_MB = 1_048_576
MOST_SOURCES = 256


class PoolSettings(Section):
    """The worker processes: how many, how they are stopped, and when they are replaced."""

    min_workers: int = whole(1, 1, MOST_WORKERS, "Worker processes that always run.")
    max_workers: int = whole(8, 1, MOST_WORKERS, "Worker processes that the autoscaler may start.")
    slots: int = whole(4, 1, 256, "Messages that one worker handles in threads at the same time.")
    coroutines: int = whole(
        100, 1, 4096, "Messages that one worker's coroutine handlers are at at the same time, all queues together."
    )
    prefetch_limit: int = whole(
        500, 1, 10_000, "Messages that one worker waits for or handles at most, however quick its handlers are."
    )
    wait_hold_limit: int = whole(
        200, 1, 10_000, "Messages that one worker holds at most because their handlers want them later (`Wait`)."
    )
    preload: bool = flag(
        default=False,
        meaning="Import the handlers once and fork workers from there: they share its memory, and what it opened.",
    )
    heartbeat_timeout_seconds: float = seconds(
        30, 5, 3600, "A worker that has not shown a sign of life for so long is killed and replaced."
    )
    drain_timeout_seconds: float = seconds(
        30, 0, LONGEST_LEASE_SECONDS, "At stop: how long running handlers may take to finish."
    )
    recycle_after_messages: int = whole(0, 0, 10**12, "Replace a worker after so many messages; 0 = never.")
    recycle_after_seconds: float = seconds(0, 0, 365 * DAY_SECONDS, "Replace a worker at this age; 0 = never.")
    recycle_growth_mb: int = whole(
        0, 0, TERABYTE_MB, "Replace a worker whose memory grew by so much since it was ready; 0 = never.", unit="MiB"
    )
    recycle_memory_mb: int = whole(
        0, 0, TERABYTE_MB, "Replace a worker that has come to so much memory of its own; 0 = never.", unit="MiB"
    )
    recycle_jitter: float = number(
        0.1, 0, 1, "The share by which each worker's recycling limits differ, so that they do not all go at once."
    )
    backoff_initial_seconds: float = seconds(0.5, 0.01, 300, "Wait before replacing a worker that died young.")
    backoff_max_seconds: float = seconds(30, 0.01, 3600, "That wait doubles with each such death, up to this.")
    young_death_seconds: float = seconds(5, 0, 3600, "A worker that dies within this age died young.")
    fatal_after_young_deaths: int = whole(5, 1, 1000, "Give a worker up after so many young deaths in a row.")
    poison_deaths: int = whole(
        3, 1, 100, "A message that so many workers ran when they died, and nothing else, goes to the dead-letter queue."
    )

    @field_validator("max_workers")
    @classmethod
    def _room_for_the_minimum(cls, most: int, info: ValidationInfo) -> int:
        return not_less(most, info, "pool.min_workers")

    @field_validator("backoff_max_seconds")
    @classmethod
    def _backoff_grows(cls, longest: float, info: ValidationInfo) -> float:
        return not_less(longest, info, "pool.backoff_initial_seconds")


class ScalingSettings(Section):
    """The autoscaler: how often it looks, how slowly it lets workers go, and what it must leave to the machine."""

    hosts: int = whole(
        1, 1, MOST_HOSTS, "Daemons that drain these queues together, this one included: each plans for its part."
    )
    hosts_file: str = text(
        "",
        "A file with that number, which is read at start and at each reload and then wins; relative to the"
        " configuration file; empty = none.",
    )
    interval_seconds: float = seconds(1, 0.1, 60, "Time between two decisions.")
    backlog_interval_seconds: float = seconds(10, 1, 3600, "Time between two questions to SQS for the queues' depth.")
    hold_seconds: float = seconds(
        8, 0, 3600, "A worker goes only when it was not needed for so long; longer where workers start slowly."
    )
    cpu_limit: float = number(
        0.85, 0.05, 1, "No worker is added while more of the CPU allowed to us is in use and handlers get slower by it."
    )
    error_limit: float = number(
        0.05, 0, 1, "While a larger share of handlers fails, workers are let go: what they call is given a rest."
    )
    memory_reserve_mb: int = whole(
        256, 0, TERABYTE_MB, "No worker is added that would leave less than this available.", unit="MiB"
    )


class LoggingSettings(Section):
    """What is logged, and how."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important kind of event that is logged."
    )
    format: Literal["auto", "json", "console"] = Field(
        default="auto",
        description="One JSON object a line, or lines for people; auto = console on a terminal, else json.",
    )
    exceptions: Literal["full", "type"] = Field(
        default="full", description="What lines have of what handlers raise: its texts too, or only its type and place."
    )
    sample: float = number(0.001, 0, 1, "The share of `message.done` events that is logged at level info.")
    interval_seconds: float = seconds(10, 1, 3600, "Time between two `stats.interval`, aligned to the clock.")
    handler_output: Literal["events", "raw"] = Field(
        default="events",
        description="What handlers print: an event a line in the log, or whole lines as they are, on stderr.",
    )
    handler_output_lines_per_second: int = whole(
        200, 1, 100_000, "Events of what handlers print and log, for each worker; the excess is counted."
    )


class Settings(Section):
    """The whole configuration. Only a source's `name` and `handler`, and a topic's `brokers`, have no default."""

    pool: PoolSettings = PoolSettings()
    scaling: ScalingSettings = ScalingSettings()
    sla: SlaSettings = Field(default_factory=SlaSettings)
    queues: tuple[QueueSettings, ...] = tables("queue", MOST_SOURCES, SOME_SOURCE, "The SQS queues to drain.")
    topics: tuple[TopicSettings, ...] = tables("topic", MOST_SOURCES, SOME_SOURCE, "The Kafka topics to drain.")
    streams: tuple[StreamSettings, ...] = tables("stream", MOST_SOURCES, SOME_SOURCE, "The Kinesis streams to drain.")
    logging: LoggingSettings = LoggingSettings()
    http: HttpSettings = HttpSettings()
    cloudwatch: CloudWatchSettings = CloudWatchSettings()

    @property
    def sqs_queues(self) -> tuple[QueueSettings, ...]:
        """Each SQS queue by itself: a queue that is in several regions once for each, called ``orders@eu-west-1``."""
        return tuple(each for queue in self.queues for each in queue.by_region)

    @property
    def dead_letter_queues(self) -> tuple[QueueSettings, ...]:
        """Those that streams' rejected records go to."""
        return tuple(queue for stream in self.streams if (queue := stream.dead_letters) is not None)

    @property
    def sources(self) -> tuple[SourceSettings, ...]:
        """All of them, in the order of their numbers: SQS queues, then topics, then streams."""
        return (*self.sqs_queues, *self.topics, *self.streams)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = broken_references(
            tier_names=[tier.name for tier in self.sla.tiers],
            sources=[
                Named(table.kind, number, table.name, table.tier)
                for tables in (self.queues, self.topics, self.streams)
                for number, table in enumerate(tables)
            ],
            applications=[stream.application_name for stream in self.streams],
        )
        if problems:
            raise refusal(problems)
        return self
