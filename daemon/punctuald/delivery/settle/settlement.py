"""What is to be done at the source about one message that is on its way out, and by when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from punctuald.delivery.in_flight import Fate, InFlight
from punctuald.model import COPY, DONE, Metric, Outcome, OutcomeKind
from punctuald.policy.delivery.lease import LONGEST_LEASE_SECONDS, capped
from punctuald.policy.delivery.retry import backoff_seconds

ACKNOWLEDGE_CALL_SECONDS = 0.1
"""What an acknowledgement is reckoned to take on its way, when a deadline depends on it."""


class Action(StrEnum):
    """What the source is asked to do."""

    ACKNOWLEDGE = "acknowledge"
    RELEASE = "release"
    DEAD_LETTER = "dead_letter"


ACKNOWLEDGE, COUNT_DONE = Action.ACKNOWLEDGE, Metric.DONE
"""For code that runs once a message: looking a member up in its enum takes ten times as long as a module's name."""

FATES = {
    Action.ACKNOWLEDGE: Fate.ACKNOWLEDGED,
    Action.RELEASE: Fate.RELEASED,
    Action.DEAD_LETTER: Fate.DEAD_LETTERED,
}

FAILED_OUTCOMES = frozenset({OutcomeKind.RETRY, OutcomeKind.FAILED})


@dataclass(slots=True, eq=False)
class Settlement:
    """One message on its way out. Counts as ``metric`` once the source did it; ``attempts`` are those that failed."""

    item: InFlight
    action: Action
    metric: Metric
    reason: str = ""
    after_seconds: int = 0  # of a release: when the message may come again
    attempts: int = 0
    due_mono: float = 0.0  # of a lingering acknowledgement: when it goes at the latest


def settlements_of(items: Sequence[InFlight], jitter: Callable[[], float], now_mono: float) -> list[Settlement]:
    """What follows from the outcomes of ``items``: see `settlement_of`, without a call for those that are done."""
    return [
        Settlement(item, ACKNOWLEDGE, COUNT_DONE) if item.outcome is DONE else settlement_of(item, jitter, now_mono)
        for item in items
    ]


def settlement_of(item: InFlight, jitter: Callable[[], float], now_mono: float) -> Settlement:
    """What follows from the handler's outcome. ``jitter`` draws from 0 to 1, to spread the back-off of failures."""
    outcome = item.outcome or DONE
    match outcome.kind:
        case OutcomeKind.DONE:
            return Settlement(item, ACKNOWLEDGE, COUNT_DONE)
        case OutcomeKind.DISCARD:
            metric = Metric.COPY_DROPPED if outcome is COPY else Metric.DISCARDED
            return Settlement(item, Action.ACKNOWLEDGE, metric, outcome.reason)
        case OutcomeKind.REJECT:
            return Settlement(item, Action.DEAD_LETTER, Metric.REJECTED, outcome.reason)
        case OutcomeKind.WAIT | OutcomeKind.UNAVAILABLE:
            seconds = hidden_seconds(item, outcome.after_seconds or 0.0, now_mono)
            return Settlement(item, Action.RELEASE, Metric.BOUNCED, outcome.reason, seconds)
        case OutcomeKind.RETRY | OutcomeKind.FAILED:
            seconds = hidden_seconds(item, retry_seconds(item, outcome, jitter()), now_mono)
            return Settlement(item, Action.RELEASE, metric_of(outcome), outcome.reason, seconds)


def metric_of(failed: Outcome) -> Metric:
    """Whether the handler asked for another time, or raised something of its own."""
    return Metric.RETRIED if failed.kind is OutcomeKind.RETRY else Metric.FAILED


def retry_seconds(item: InFlight, outcome: Outcome, jitter: float) -> float:
    """How long until the next try of a message that failed."""
    if outcome.after_seconds is not None:
        return min(max(outcome.after_seconds, 0.0), LONGEST_LEASE_SECONDS)
    options = item.options
    return backoff_seconds(item.message.tries, options.retry_initial_seconds, options.retry_max_seconds, jitter)


def hidden_seconds(item: InFlight, wait_seconds: float, now_mono: float) -> int:
    """For how many whole seconds to hide ``item``, which goes back to wait so long: SQS refuses a time that ends later
    than 12 hours after the receive, and the message would come back when its lease ends, with a receive spent."""
    return capped(ceil(min(max(wait_seconds, 0.0), LONGEST_LEASE_SECONDS)), item.received_mono, now_mono)


def release_of(item: InFlight, after_seconds: int = 0) -> Settlement:
    """``item`` was not run to its end here; others may have it after ``after_seconds``."""
    return Settlement(item, Action.RELEASE, Metric.RELEASED, after_seconds=after_seconds)


def acknowledge_at_mono(deadline_mono: float, linger_seconds: float, now_mono: float) -> float:
    """When to acknowledge: after the linger that fills batches, but in time where the deadline can still be kept."""
    lingered_mono, last_mono = now_mono + linger_seconds, deadline_mono - ACKNOWLEDGE_CALL_SECONDS
    if last_mono >= lingered_mono or now_mono >= deadline_mono:
        return lingered_mono
    return max(now_mono, last_mono)


def linger_until_mono(settlements: list[Settlement], linger_seconds: float, now_mono: float) -> float:
    """When acknowledgements that came together go at the latest: in time for the first that is not late already."""
    first_mono = min([settlement.item.deadline_mono for settlement in settlements])
    if first_mono <= now_mono:  # late already: to send at once does not help this one, but perhaps others
        deadlines_mono = [settlement.item.deadline_mono for settlement in settlements]
        first_mono = min([mono for mono in deadlines_mono if mono > now_mono], default=first_mono)
    return acknowledge_at_mono(first_mono, linger_seconds, now_mono)
