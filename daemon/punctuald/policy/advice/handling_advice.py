"""How long handlers take, held against what they may take: the time limit, a stop's drain, and the tiers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from punctuald.policy.delivery.lease import LONGEST_LEASE_SECONDS

from .amounts import HOUR_SECONDS, span
from .finding import Finding, note, warning
from .mending import in_table, setting

NEAR = 0.8
"""Of a limit: one message in a hundred takes longer than the 99th percentile, and some of these much longer."""

ROOM = 3
"""Of a limit that is raised: so many times the 99th percentile."""


@dataclass(frozen=True, slots=True)
class HandlingFacts:
    """Of one source; None = not known.

    ``p99_seconds`` is the 99th percentile of handling one message (started to finished). ``thresholds`` are those of
    the tiers that its messages can be in, by the tiers' names. ``rate_limit`` is how many the daemon may start a second
    (0 = any number), and ``arrivals_per_second`` what comes just now.
    """

    kind: str
    name: str
    p99_seconds: float | None
    time_limit_seconds: float
    drain_timeout_seconds: float
    thresholds: Mapping[str, float] = field(default_factory=dict)
    is_coroutine: bool = False
    rate_limit: float = 0.0
    arrivals_per_second: float | None = None


def handling_findings(facts: HandlingFacts) -> list[Finding]:
    """Of what is not known nothing is said."""
    of_the_rate = list(_on_the_rate(facts))
    if facts.p99_seconds is None:
        return of_the_rate
    return [
        *of_the_rate,
        *_on_the_limit(facts, facts.p99_seconds),
        *_on_the_drain(facts, facts.p99_seconds),
        *_on_tiers(facts, facts.p99_seconds),
    ]


def _on_the_rate(facts: HandlingFacts) -> Iterator[Finding]:
    limit, arrivals = facts.rate_limit, facts.arrivals_per_second
    if limit and arrivals is not None and arrivals > limit:
        yield warning(
            "handling.slower_than_arrivals",
            f"{arrivals:.3g} messages a second come, and rate_limit lets {limit:g} a second start",
            f"its backlog grows by {HOUR_SECONDS * (arrivals - limit):,.0f} messages an hour while that lasts",
            in_table(facts.kind, facts.name, f"rate_limit = {ceil(arrivals)}"),
        )


def _on_the_limit(facts: HandlingFacts, p99_seconds: float) -> Iterator[Finding]:
    if p99_seconds < NEAR * facts.time_limit_seconds:
        return
    end = "is cancelled" if facts.is_coroutine else "costs its worker, which is replaced"
    yield warning(
        "handling.near_its_limit",
        f"1 % of its messages take {span(p99_seconds)} or longer; time_limit_seconds is {facts.time_limit_seconds:g}",
        f"a message that reaches the limit {end}, and comes again",
        in_table(
            facts.kind, facts.name, f"time_limit_seconds = {min(LONGEST_LEASE_SECONDS, ceil(ROOM * p99_seconds))}"
        ),
    )


def _on_the_drain(facts: HandlingFacts, p99_seconds: float) -> Iterator[Finding]:
    if p99_seconds <= facts.drain_timeout_seconds:
        return
    yield warning(
        "handling.longer_than_a_stop",
        f"1 % of its messages take {span(p99_seconds)} or longer; a stop waits {span(facts.drain_timeout_seconds)}",
        "each stop, reload or scale-in breaks off some of them: they run again, and spend one of their receives",
        setting("[pool]", f"drain_timeout_seconds = {ceil(p99_seconds)}") + ", and as much more in TimeoutStopSec",
    )


def _on_tiers(facts: HandlingFacts, p99_seconds: float) -> Iterator[Finding]:
    for tier, threshold_seconds in facts.thresholds.items():
        if p99_seconds > threshold_seconds:
            yield warning(
                "handling.longer_than_the_tier",
                f"1 % of its messages take {span(p99_seconds)} or longer; tier {tier} allows {span(threshold_seconds)}",
                "these are late however many workers there are",
                f"a quicker handler, or tier {tier}: threshold_seconds = {ceil(2 * p99_seconds)}",
            )


def handling_unknown(sources: Sequence[str], reason: str) -> Finding:
    """Nobody has measured it for these; ``reason`` says why not."""
    return note(
        "handling.unknown",
        f"how long handlers take is not known of {', '.join(sources)}: {reason}",
        "time limits, leases, stops and tiers were not held against it",
        "ask again while the daemon handles messages, or with --log and its log",
    )
