"""How long a message that fails is tried, held against how long things are away, and how long it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from punctuald.policy.delivery.retry import tried_seconds

from .amounts import span
from .finding import Finding, note, warning
from .mending import Address, in_table, tune

SHORT_OUTAGE_SECONDS = 60.0
"""A restart of a database, or a failover."""

WANTED_SECONDS = 300.0
LONG_WAIT_OF_A_GROUP_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True)
class RetryFacts:
    """Of one source. ``tries`` is after how many a message is dead-lettered (maxReceiveCount, or `max_tries`), and
    ``limit_seconds`` after how long (`retry_for_seconds`); None = never. ``has_down_on``: the configuration says which
    exceptions mean that what handlers call is away, and such failures are no tries."""

    kind: str
    address: Address
    tries: int | None
    initial_seconds: float
    longest_seconds: float
    limit_seconds: float | None = None
    retention_seconds: float | None = None
    ordered: bool = False
    has_down_on: bool = False


def retry_findings(facts: RetryFacts) -> list[Finding]:
    """Nothing where messages are tried for ever: other findings say what that means."""
    if facts.tries is None:
        return []
    longest_seconds = tried_seconds(facts.tries, facts.initial_seconds, facts.longest_seconds, jitter=1.0)
    longest_seconds = min(longest_seconds, facts.limit_seconds or longest_seconds)
    return [
        *_on_a_short_outage(facts, facts.tries, longest_seconds),
        *_on_retention(facts, facts.tries, longest_seconds),
        *_on_groups(facts, facts.tries, longest_seconds),
    ]


def _on_a_short_outage(facts: RetryFacts, tries: int, longest_seconds: float) -> Iterator[Finding]:
    if longest_seconds >= SHORT_OUTAGE_SECONDS or facts.has_down_on or tries == 1:
        return
    initial_seconds = min(900, ceil(WANTED_SECONDS / (2 ** min(tries - 1, 30) - 1)))
    yield note(
        "retry.short",
        f"what fails {tries} times is dead-lettered {span(longest_seconds)} after its first try",
        "an outage of what handlers call that lasts longer dead-letters good messages",
        in_table(facts.kind, facts.address.name, f"retry_initial_seconds = {initial_seconds}") + ', or down_on = ["…"]',
    )


def _on_retention(facts: RetryFacts, tries: int, longest_seconds: float) -> Iterator[Finding]:
    kept_seconds = facts.retention_seconds
    if kept_seconds is None or longest_seconds < kept_seconds:
        return
    yield warning(
        "retry.outlives_retention",
        f"{tries} tries take up to {span(longest_seconds)}, and messages are kept for {span(kept_seconds)}",
        "one that always fails is deleted before its last try: it is lost, and not dead-lettered",
        tune(facts.address, "--max-receive-count 10") if facts.kind == "queue" else "",
    )


def _on_groups(facts: RetryFacts, tries: int, longest_seconds: float) -> Iterator[Finding]:
    if not facts.ordered or longest_seconds < LONG_WAIT_OF_A_GROUP_SECONDS:
        return
    yield warning(
        "retry.group_waits",
        f"{tries} tries of one message take up to {span(longest_seconds)}",
        "all of its group waits behind it for so long",
        in_table(facts.kind, facts.address.name, "retry_max_seconds = 60"),
    )
