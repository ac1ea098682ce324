"""How long received messages stay hidden, held against how long they are handled and how soon they are due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor
from typing import Literal

from punctuald.policy.delivery.lease import LONGEST_SECONDS, RENEW_AT_SHARE, SHORTEST_SECONDS, visibility_seconds

from .amounts import span
from .finding import Finding, note, warning
from .mending import Address, in_table, tune

TOO_LONG_TIMES = 3
"""Beyond so many times what "auto" would ask for, a configured visibility costs more than it gives."""


@dataclass(frozen=True, slots=True)
class VisibilityFacts:
    """Of one SQS queue. ``configured`` is `visibility_seconds` of the configuration, which each receive asks for;
    ``own_seconds`` the queue's own VisibilityTimeout, which others get; None = not known."""

    queue: Address
    configured: int | Literal["auto"]
    own_seconds: int | None
    p99_seconds: float | None
    tightest_seconds: float | None = None
    ordered: bool = False


def visibility_findings(facts: VisibilityFacts) -> list[Finding]:
    """What a worker that is killed, or stands still, costs."""
    return [*_on_one_too_long(facts), *_on_one_too_short(facts), *_on_the_queues_own(facts)]


def _on_one_too_long(facts: VisibilityFacts) -> Iterator[Finding]:
    usual_seconds = LONGEST_SECONDS if facts.p99_seconds is None else visibility_seconds(facts.p99_seconds, "auto")
    if facts.configured == "auto" or facts.configured <= TOO_LONG_TIMES * usual_seconds:
        return
    late = "" if facts.tightest_seconds is None else f", where {span(facts.tightest_seconds)} are allowed"
    group = ", and their groups wait behind them" if facts.ordered else ""
    yield warning(
        "visibility.long",
        f"visibility_seconds is {facts.configured}",
        f"what a killed worker had comes again after {span(facts.configured)}{late}{group}",
        in_table("queue", facts.queue.name, 'visibility_seconds = "auto"'),
    )


def _on_one_too_short(facts: VisibilityFacts) -> Iterator[Finding]:
    if facts.configured == "auto" or facts.configured >= SHORTEST_SECONDS:
        return
    yield warning(
        "visibility.short",
        f"visibility_seconds is {facts.configured}",
        f"a worker that stands still for {span((1 - RENEW_AT_SHARE) * facts.configured)} loses its leases, and those"
        f" messages are handled twice{_renewals(facts.configured, facts.p99_seconds)}",
        in_table("queue", facts.queue.name, 'visibility_seconds = "auto"'),
    )


def _renewals(lease_seconds: int, p99_seconds: float | None) -> str:
    renewals = 0 if p99_seconds is None else floor(p99_seconds / (RENEW_AT_SHARE * lease_seconds))
    return f"; 1 % of them are renewed {renewals} times or more" if renewals > 1 else ""


def _on_the_queues_own(facts: VisibilityFacts) -> Iterator[Finding]:
    own_seconds, p99_seconds = facts.own_seconds, facts.p99_seconds
    if not own_seconds or p99_seconds is None or own_seconds >= p99_seconds:  # of 0 the redrive's findings speak
        return
    yield note(
        "visibility.of_the_queue",
        f"its VisibilityTimeout is {own_seconds} s, and 1 % of its messages take {span(p99_seconds)} or longer",
        "this daemon asks for its own; any other consumer of the queue would handle those twice",
        tune(facts.queue, f"--visibility-timeout {min(43_200, ceil(3 * p99_seconds))}"),
    )
