"""Sends a batch of dead letters to their queue, and then deletes what arrived."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from punctuald.errors import SourceError
from punctuald.policy.queues.batches import Parcel
from punctuald.queue_tools.calls import ATTEMPTS, FIRST_PAUSE_SECONDS, Pause, SqsCalls
from punctuald.queue_tools.entries import delete, failed_in
from punctuald.queue_tools.received import Letter
from punctuald.queue_tools.state import QueueState
from punctuald.source.aws.errors import one_line
from punctuald.source.sqs.dead_letter import REFUSED_COPY_CODES
from punctuald.source.sqs.errors import refusal_code
from punctuald.source.sqs.names import name_in_url

TOO_LONG_TOGETHER = frozenset({"BatchRequestTooLong", "RequestEntityTooLarge", "413"})
"""A batch's refusal that says nothing of any of its messages by itself."""


@dataclass(frozen=True, slots=True)
class Item:
    """What a parcel is made of: the letter, and the entry that it is sent as."""

    letter: Letter
    entry: Mapping[str, Any]

    @property
    def message_id(self) -> str:
        """The dead letter's."""
        return self.letter.message.id


Refusals = Mapping[str, str]
"""Why SQS will not take a message, by the dead letter's id."""


class Sender:
    """From one dead-letter queue."""

    def __init__(self, calls: SqsCalls, dead_letters: QueueState, pause: Pause) -> None:
        self._calls = calls
        self._dead_letters = dead_letters
        self._pause = pause

    def send(self, batch: Sequence[Parcel[Item]]) -> Refusals:
        """All to the one queue that they are for. Raises `SourceError` where SQS keeps not taking them for reasons that
        are not theirs: what of the batch arrived is then sent again by the next run."""
        refusals: dict[str, str] = {}
        waiting = list(batch)
        for attempt in range(ATTEMPTS):
            if attempt:
                self._pause(FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1))
            failed = self._once(waiting)
            refusals |= {waiting[place].item.message_id: text for place, (text, final) in failed.items() if final}
            waiting = [waiting[place] for place, (_, final) in failed.items() if not final]
            if not waiting:
                break
        return refusals | {parcel.item.message_id: "SQS keeps failing to take it" for parcel in waiting}

    def delete(self, letters: Sequence[Letter]) -> list[str]:
        """Of what arrived; gives the ids of those that SQS did not delete. Raises `SourceError`."""
        id_of = {letter.message.receipt_handle: letter.message.id for letter in letters}
        return [id_of[handle] for handle in delete(self._calls, self._dead_letters, list(id_of))]

    def _once(self, batch: Sequence[Parcel[Item]]) -> dict[int, tuple[str, bool]]:
        """What failed, by its place: why, and whether for good."""
        entries = [{"Id": str(place), **parcel.item.entry} for place, parcel in enumerate(batch)]
        url = batch[0].queue
        try:
            answer = self._calls("send_message_batch", name_in_url(url), QueueUrl=url, Entries=entries)
        except SourceError as error:
            return dict(self._one_by_one(batch, error))
        return {int(place): _failure(entry) for place, entry in failed_in(answer).items()}

    def _one_by_one(self, batch: Sequence[Parcel[Item]], error: SourceError) -> Iterator[tuple[int, tuple[str, bool]]]:
        """After the refusal of a whole batch: it may be one message's fault, or that of all together."""
        code = refusal_code(error)
        if code not in REFUSED_COPY_CODES | TOO_LONG_TOGETHER:
            raise error
        if len(batch) == 1:
            yield 0, (str(error), True)
            return
        for place, parcel in enumerate(batch):
            yield from ((place, failure) for failure in self._once([parcel]).values())


def _failure(entry: Mapping[str, Any]) -> tuple[str, bool]:
    return f"{entry.get('Code')}: {one_line(entry.get('Message') or '')}", bool(entry.get("SenderFault"))
