"""One queue as SQS describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from punctuald.source.sqs.answers import Redrive, attributes_in, count_in, redrive_in
from punctuald.source.sqs.names import FIFO_SUFFIX, name_in_url, owner_and_name

from .calls import SqsCalls

VISIBLE = "ApproximateNumberOfMessages"
IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"
DELAYED = "ApproximateNumberOfMessagesDelayed"
DATE_IS_BEHIND_SECONDS = 2
"""A Date header leaves out the second's parts, and some servers make a new one each second only."""


@dataclass(frozen=True, slots=True)
class QueueState:
    """Its attributes as SQS writes them, and what they say. Counts are approximate, as SQS's are."""

    name: str
    url: str
    attributes: Mapping[str, str]
    visible: int
    in_flight: int
    delayed: int
    redrive: Redrive | None
    asked_utc: float | None = None
    """When, by the broker's own clock, at the latest; None where it did not say."""

    @property
    def arn(self) -> str:
        """Its own."""
        return self.attributes.get("QueueArn", "")

    @property
    def fifo(self) -> bool:
        """Whether SQS keeps order in it."""
        return self.url.endswith(FIFO_SUFFIX)

    @property
    def messages(self) -> int:
        """All that are in it, whatever hides them."""
        return self.visible + self.in_flight + self.delayed

    @property
    def dead_letter_queue(self) -> str:
        """The name of the queue that its redrive policy names; "" without one."""
        return owner_and_name(self.redrive.dead_letter_arn)[1] if self.redrive else ""


def state_of(calls: SqsCalls, name_or_url: str) -> QueueState:
    """Ask for it. Raises `SourceError`."""
    url = calls.url(name_or_url)
    name = name_in_url(url)
    return read_state(name, url, calls("get_queue_attributes", name, QueueUrl=url, AttributeNames=["All"]))


def read_state(name: str, url: str, answer: Mapping[str, Any]) -> QueueState:
    """Of an answer to GetQueueAttributes. Raises `SourceUnavailable` for one without counts: unknown is not zero."""
    attributes = attributes_in(answer, name)
    return QueueState(
        name,
        url,
        attributes,
        visible=count_in(attributes, VISIBLE, name),
        in_flight=count_in(attributes, IN_FLIGHT, name),
        delayed=count_in(attributes, DELAYED, name),
        redrive=redrive_in(attributes, name),
        asked_utc=_date_in(answer),
    )


def _date_in(answer: Mapping[str, Any]) -> float | None:
    try:
        date = answer["ResponseMetadata"]["HTTPHeaders"]["date"]
        return parsedate_to_datetime(date).timestamp() + DATE_IS_BEHIND_SECONDS
    except (LookupError, TypeError, ValueError):
        return None
