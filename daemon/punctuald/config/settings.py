"""Every setting: its key, default, range, unit and meaning. config.toml at the top of the project shows them all."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from punctuald.policy.delivery.lease import LONGEST_LEASE_SECONDS
from punctuald.policy.delivery.tiers import DAY_SECONDS
from punctuald.ports import SQS_LARGEST_BATCH, SQS_LONGEST_POLL_SECONDS

from .fields import flag, number, required_text, seconds, text, whole
from .references import broken_references
from .section import Section, not_less, refusal
from .tiers import SlaSettings

MOST_WORKERS = 512
MOST_HOSTS = 1000
TERABYTE_MB = 1_048_576
URL = "^(https?://[^ ]+)?$"


ExceptionName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$",
        json_schema_extra={"x-allowed": "an exception's name with its module, such as psycopg.OperationalError"},
    ),
]


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


class QueueSettings(Section):
    """One queue, and who handles its messages."""

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
    tier: str = text("", "The tier of all of this queue's messages; empty = by the time of their sending.")
    handler: str = required_text(
        "What handles a message.",
        pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$",
        allowed="module:function, or package.module:object.attribute",
    )
    handler_path: str = text(".", "The directory that handlers are imported from, relative to the configuration file.")
    batch_size: int = whole(
        10, 1, SQS_LARGEST_BATCH, "Messages that a handler which takes a list gets at most at once."
    )
    time_limit_seconds: float = seconds(300, 0.1, LONGEST_LEASE_SECONDS, "How long handling one message may take.")
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
    lookahead_seconds: float = seconds(0.2, 0, 60, "Receive ahead what free slots can start within this time.")
    dead_letter_queue: str = text(
        "", "Name or URL of the queue for rejected messages; empty = that of the queue's redrive policy."
    )
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

    @field_validator("retry_max_seconds")
    @classmethod
    def _retry_grows(cls, longest: float, info: ValidationInfo) -> float:
        return not_less(longest, info, "retry_initial_seconds")


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
    """The whole configuration. Only a queue's `name` and `handler` have no default."""

    pool: PoolSettings = PoolSettings()
    scaling: ScalingSettings = ScalingSettings()
    sla: SlaSettings = Field(default_factory=SlaSettings)
    queues: tuple[QueueSettings, ...] = Field(
        validation_alias="queue",
        serialization_alias="queue",
        strict=False,
        min_length=1,
        max_length=256,
        description="The queues to drain; at least one.",
        json_schema_extra={"x-allowed": "at least one [[queue]]"},
    )
    logging: LoggingSettings = LoggingSettings()

    @model_validator(mode="after")
    def _names_fit_together(self) -> Self:
        problems = broken_references(
            tier_names=[tier.name for tier in self.sla.tiers],
            queue_names=[queue.name for queue in self.queues],
            queue_tiers=[queue.tier for queue in self.queues],
        )
        if problems:
            raise refusal(problems)
        return self
