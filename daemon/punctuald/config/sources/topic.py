"""`[[topic]]`: one Apache Kafka topic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from punctuald.config.fields import flag, required_text, seconds, text

from .client import Property, refused_property
from .partitioned import PartitionedSettings

LEGAL = "[A-Za-z0-9._-]{1,249}"


class TopicSettings(PartitionedSettings):
    """One topic, the consumer group that reads it here, and who handles its records."""

    kind: ClassVar[str] = "topic"

    name: str = required_text(
        "The topic's name, here and at the brokers unless `topic` is given.",
        pattern=f"^{LEGAL}$",
        allowed="1 to 249 letters, digits, ., _ or -",
    )
    topic: str = text(
        "",
        "The topic's name at the brokers; empty = `name`.",
        pattern=f"^({LEGAL})?$",
        allowed="a topic's name, or empty",
    )
    brokers: str = required_text(
        "Where the cluster is found: some of its brokers.",
        pattern=r"^[^\s,/]+:\d{1,5}(,[^\s,/]+:\d{1,5})*$",
        allowed="host:port, or several of them with commas between",
    )
    group: str = text(
        "punctuald",
        "The consumer group: daemons that name the same one share the topic's partitions.",
        pattern=r"^\S{1,249}$",
        allowed="1 to 249 characters without spaces",
    )
    group_protocol: Literal["auto", "classic", "consumer"] = Field(
        default="auto",
        description="How the group shares the partitions: consumer = the brokers deal them out (KIP-848); classic = the"
        " members do; auto = consumer where the brokers have it.",
    )
    static_members: bool = flag(
        default=False,
        meaning="Keep each worker's partitions for it over a restart, within the session timeout (classic protocol).",
    )
    session_timeout_seconds: float = seconds(
        10, 1, 1800, "A worker that the brokers have not heard of for so long loses its partitions (classic protocol)."
    )
    start: Literal["earliest", "latest"] = Field(
        default="earliest", description="Where a group begins that has read nothing of the topic yet."
    )
    revoke_timeout_seconds: float = seconds(
        5, 0, 240, "How long handlers may finish what they run of a partition that another worker takes over."
    )
    commit_interval_seconds: float = seconds(1, 0.05, 60, "How often it is committed how far a partition is done.")
    dead_letter_topic: str = text(
        "",
        "The topic for rejected records; empty = none: such a record stays, and its key waits.",
        pattern=f"^({LEGAL})?$",
        allowed="a topic's name, or empty",
    )
    client: Mapping[str, Property] = Field(
        default_factory=dict,
        description="Further properties of librdkafka: security, buffers, timeouts. A secret comes from"
        ' { file = "..." } or { env = "..." }.',
        json_schema_extra={"x-allowed": "a table of librdkafka's properties"},
    )

    @field_validator("client")
    @classmethod
    def _leaves_ours_alone(cls, client: Mapping[str, Property]) -> Mapping[str, Property]:
        for name in client:
            if reason := refused_property(name):
                raise ValueError(f'"{name}" {reason}')
        return client

    @field_validator("static_members")
    @classmethod
    def _members_are_static_in_one_protocol(cls, static: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's
        if static and info.data.get("group_protocol") == "consumer":
            raise ValueError(
                "static members are for the classic protocol only: with the other one a worker's successor"
                " is refused until the session of the one before has ended"
            )
        return static

    @property
    def topic_name(self) -> str:
        """Its name at the brokers."""
        return self.topic or self.name
