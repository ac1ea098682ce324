"""Sends telemetry events to one SQS queue, in batches; what SQS refused for no fault of ours is sent again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from punctuald.clock import Clock, SystemClock
from punctuald.errors import SourceUnavailable
from punctuald.policy.delivery.tiers import TIER_ATTRIBUTE
from punctuald.source.aws.session import OF_SEVERAL
from punctuald.source.sqs.client import make_client
from punctuald.source.sqs.errors import EndpointText, to_source_error
from punctuald.source.sqs.names import FIFO_SUFFIX

from .telemetry import TelemetryEvent

ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.1
"""Before the second attempt; before each later one it is twice as long."""

ID_ATTRIBUTE = "event_id"
"""What `punctuald produce` to several regions calls an event's id, for a queue's `deduplication_attribute`."""

DUE_ATTRIBUTE = "not_before"
"""What `punctuald produce --delay` calls the due time, for a queue's `due_time_attribute`."""

Pause = Callable[[float], None]


def pause_seconds(attempt: int) -> float:
    """Before that ``attempt``, which is not the first: that one is 0, and nothing is waited for."""
    return FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1)


@dataclass(frozen=True, slots=True)
class Place:
    """A region and an endpoint; empty ones are taken from AWS's own settings (environment, profile)."""

    region: str = ""
    endpoint_url: str = ""

    def __str__(self) -> str:
        return " at ".join(filter(None, (self.region, self.endpoint_url))) or "AWS's own setting"


@dataclass(frozen=True, slots=True)
class SendReceipt:
    """What became of the events given to one `QueueSender.send`; ``refusal`` is why the last unsent one was refused.
    ``again``: those of the unsent that were refused for no fault of ours, and that another try may bring through."""

    sent_ids: tuple[str, ...]
    unsent: int
    refusal: str = ""
    again: tuple[TelemetryEvent, ...] = ()


def open_queue(
    queue: str,
    *,
    region: str = "",
    endpoint_url: str = "",
    fifo_groups: int = 1,
    tier: str = "",
    delay_seconds: int = 0,
    one_of_several: bool = False,
) -> QueueSender:
    """A sender to the queue of this name or URL; empty settings are taken from AWS's own (environment, profile).
    ``one_of_several``: there are other regions to send to, so it need not have much patience with this one.

    Raises `SourceError`: no such queue, no credentials, no region, no answer.
    """
    where = EndpointText(queue, region or "AWS's own setting", endpoint_url or "AWS")
    try:
        patience = OF_SEVERAL if one_of_several else None
        client = make_client(region, endpoint_url, wait_seconds=0, connections=1, patience=patience)
        where = EndpointText(queue, str(client.meta.region_name), str(client.meta.endpoint_url))
        url = queue if "://" in queue else client.get_queue_url(QueueName=queue)["QueueUrl"]
    except (BotoCoreError, ClientError, ValueError) as error:
        raise to_source_error(error, where) from error
    return QueueSender(
        client,
        url,
        where,
        fifo_groups=fifo_groups,
        tier=tier,
        delay_seconds=delay_seconds,
        attempts=1 if one_of_several else ATTEMPTS,
        names_ids=one_of_several,
    )


class QueueSender:
    """Sends events to one queue.

    To a FIFO queue they go round ``fifo_groups`` message groups in turn. ``tier`` goes along as the attribute
    `sla_tier`. With ``delay_seconds`` each is due so long after it is sent, which the attribute `not_before` says, and
    SQS hides it until then; not in a FIFO queue, where no message may have a delay of its own. With ``names_ids`` its
    id goes along as the attribute `event_id`, so that a copy in another region is known for one.
    """

    def __init__(
        self,
        client: Any,
        url: str,
        where: EndpointText,
        *,
        fifo_groups: int = 1,
        tier: str = "",
        delay_seconds: int = 0,
        attempts: int = ATTEMPTS,
        names_ids: bool = False,
        clock: Clock | None = None,
        pause: Pause = time.sleep,
    ) -> None:
        self._client = client
        self._url = url
        self._where = where
        self._fifo_groups = fifo_groups if url.endswith(FIFO_SUFFIX) else 0
        self._tier = tier
        self._delay_seconds = delay_seconds
        self._attempts = attempts
        self._names_ids = names_ids
        self._clock = clock or SystemClock()
        self._pause = pause
        self._next_group = 0

    def send(self, events: Sequence[TelemetryEvent]) -> SendReceipt:
        """Send up to `SQS_LARGEST_BATCH` events.

        Raises `SourceError` where SQS refuses the call or keeps not answering.
        """
        waiting = {str(index): self._entry(str(index), event) for index, event in enumerate(events)}
        unsent: set[str] = set()
        refusal = ""
        for attempt in range(self._attempts):
            if attempt:
                self._pause(pause_seconds(attempt))
            failed = self._call(list(waiting.values()), last=attempt == self._attempts - 1)
            unsent |= {entry["Id"] for entry in failed if entry["SenderFault"]}
            waiting = {entry["Id"]: waiting[entry["Id"]] for entry in failed if not entry["SenderFault"]}
            refusal = next((f"{entry['Code']}: {entry.get('Message', '')}" for entry in failed), refusal)
            if not waiting:
                break
        unsent |= waiting.keys()
        sent_ids = tuple(event.id for index, event in enumerate(events) if str(index) not in unsent)
        again = tuple(event for index, event in enumerate(events) if str(index) in waiting)
        return SendReceipt(sent_ids, len(unsent), refusal if unsent else "", again)

    def _call(self, entries: list[dict[str, Any]], *, last: bool) -> list[dict[str, Any]]:
        """One request; returns its failed entries. No answer means that all failed, until the last attempt."""
        try:
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
        except (BotoCoreError, ClientError, ValueError) as error:
            explained = to_source_error(error, self._where)
            if last or not isinstance(explained, SourceUnavailable):
                raise explained from error
            return [{"Id": entry["Id"], "SenderFault": False, "Code": explained.code} for entry in entries]
        return list(answer.get("Failed", ()))

    def _entry(self, index: str, event: TelemetryEvent) -> dict[str, Any]:
        entry: dict[str, Any] = {"Id": index, "MessageBody": event.body()}
        attributes = self._attributes(event)
        if attributes:
            texts = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
            entry["MessageAttributes"] = texts
        if self._delay_seconds and not self._fifo_groups:
            entry["DelaySeconds"] = self._delay_seconds
        if self._fifo_groups:
            entry["MessageGroupId"] = f"group-{self._next_group}"
            # Makes an attempt whose answer was lost harmless: SQS drops the second copy for five minutes.
            entry["MessageDeduplicationId"] = event.id
            self._next_group = (self._next_group + 1) % self._fifo_groups
        return entry

    def _attributes(self, event: TelemetryEvent) -> dict[str, str]:
        attributes: dict[str, str] = {ID_ATTRIBUTE: event.id} if self._names_ids else {}
        if self._tier:
            attributes[TIER_ATTRIBUTE] = self._tier
        if self._delay_seconds:
            attributes[DUE_ATTRIBUTE] = f"{self._clock.utc() + self._delay_seconds:.3f}"
        return attributes
