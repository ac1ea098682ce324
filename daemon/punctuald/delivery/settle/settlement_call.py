"""Has the source delete, release or dead-letter a batch of messages, and says what it answered for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from punctuald.errors import SourceError
from punctuald.model import Failure, Message, Release
from punctuald.ports import Source

from .settlement import Action, Settlement


@dataclass(frozen=True, slots=True)
class Refused:
    """One message that the source did not settle, under the handle that it had when it was asked."""

    settlement: Settlement
    message: Message
    failure: Failure


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of one call. ``error``: the call as a whole failed, and nothing is done or refused.

    ``done`` are those settled under the handle that is still valid; ``outdated`` were settled too, but a redelivery
    replaced the handle meanwhile, and the newer copy is still to be settled.
    """

    action: Action
    done: list[Settlement] = field(default_factory=list)
    outdated: list[Settlement] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    error: SourceError | None = None


async def settle(source: Source, batch: Sequence[Settlement]) -> Settled:
    """One call for ``batch``, which is all of one action and as many as one call takes."""
    action = batch[0].action
    # The handles as of now: a redelivery may replace them while the call is under way.
    messages = [settlement.item.message for settlement in batch]
    try:
        failures = await _call(source, action, batch, messages)
    except SourceError as error:
        return Settled(action, error=error)
    return _sorted(action, batch, messages, failures)


async def _call(
    source: Source, action: Action, batch: Sequence[Settlement], messages: Sequence[Message]
) -> Sequence[Failure]:
    match action:
        case Action.ACKNOWLEDGE:
            return await source.acknowledge(messages)
        case Action.RELEASE:
            pairs = zip(messages, batch, strict=True)
            return await source.release([Release(message, settlement.after_seconds) for message, settlement in pairs])
        case Action.DEAD_LETTER:
            return await source.dead_letter(messages[0], batch[0].reason)


def _sorted(
    action: Action, batch: Sequence[Settlement], messages: Sequence[Message], failures: Sequence[Failure]
) -> Settled:
    if not failures and [settlement.item.message for settlement in batch] == messages:  # as nearly always
        return Settled(action, done=list(batch))
    settled = Settled(action)
    failure_of = {failure.receipt_handle: failure for failure in failures}
    for settlement, message in zip(batch, messages, strict=True):
        failure = failure_of.get(message.receipt_handle)
        if failure is not None:
            settled.refused.append(Refused(settlement, message, failure))
        elif settlement.item.holds(message):
            settled.done.append(settlement)
        else:
            settled.outdated.append(settlement)
    return settled
