"""What else of an SQS queue costs messages, secrets or money: retention, its address, encryption, polls, order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .amounts import DAY_SECONDS, MONTH_SECONDS, money, span
from .finding import Finding, error, note, warning
from .mending import LONGEST_RETENTION_SECONDS, USUAL_RETENTION_SECONDS, Address, in_table, tune
from .prices import LIST_PRICES
from .redrive_advice import QueueFacts

SHORT_RETENTION_SECONDS = DAY_SECONDS
"""A night in which nothing was handled should not cost messages."""

NEARLY_GONE = 0.5
"""The oldest message has waited for this share of the time that it is kept."""

NOTABLE_USD = 5.0
"""A month."""

IN_FLIGHT_LIMIT = 120_000
"""Messages that SQS has in flight of one queue at most; it refuses receives beyond (OverLimit)."""


@dataclass(frozen=True, slots=True)
class QueueUse:
    """What the daemon does with one SQS queue. ``waits_seconds`` is between two receives of an idle worker, which
    ``idle_workers`` are at the least, all hosts together; ``in_flight`` what all workers have at most.
    ``backlog_age_seconds`` is the age of what waits; ``shortest_seconds`` the threshold of its tightest tier.
    ``has_received``: messages of it came already.
    ``url_region`` is that of its URL and ``region`` that which is called; "" = not known. ``holds``: settings by which
    single messages are held."""

    waits_seconds: float
    idle_workers: int
    in_flight: int
    backlog_age_seconds: float | None = None
    longest_tier_seconds: float | None = None
    has_received: bool = False
    url_region: str = ""
    region: str = ""
    holds: tuple[str, ...] = ()


def queue_findings(facts: QueueFacts, use: QueueUse) -> list[Finding]:
    """Of what is not known nothing is said."""
    return [
        *_on_the_region(facts.address, use),
        *_on_retention(facts, use),
        *_on_encryption(facts, use),
        *_on_order(facts, use),
        *_on_polls(facts, use),
        *_on_what_is_in_flight(use),
    ]


def _on_the_region(queue: Address, use: QueueUse) -> Iterator[Finding]:
    if use.url_region and use.region and use.url_region != use.region:
        yield error(
            "address.region",
            f"its url is in {use.url_region}, and calls go to {use.region}",
            "a client calls its own region whatever a URL says: no message of that queue comes",
            in_table("queue", queue.name, f'region = "{use.url_region}"'),
        )


def _on_retention(facts: QueueFacts, use: QueueUse) -> Iterator[Finding]:
    kept, mend = facts.retention_seconds, tune(facts.address, f"--retention {USUAL_RETENTION_SECONDS}")
    if kept is None:
        return
    longest = tune(facts.address, f"--retention {LONGEST_RETENTION_SECONDS}")
    age, tier = use.backlog_age_seconds, use.longest_tier_seconds
    if tier is not None and kept <= tier:
        text = f"it keeps messages for {span(kept)}, and a tier allows {span(tier)}"
        yield error("retention.below_the_tier", text, "messages are deleted unseen that are not even late", longest)
    elif kept < SHORT_RETENTION_SECONDS:
        text = f"it keeps messages for {span(kept)} only"
        yield warning("retention.short", text, "what is not handled by then is lost unseen", mend)
    if age is not None and age >= NEARLY_GONE * kept:
        text = f"its oldest messages are {span(age)} old, and it keeps them for {span(kept)}"
        left = span(max(0.0, kept - age))
        yield warning("retention.nearly_gone", text, f"what is not handled within {left} is lost unseen", longest)


def _on_encryption(facts: QueueFacts, use: QueueUse) -> Iterator[Finding]:
    if not facts.key:
        return
    if not use.has_received:
        yield note(
            "encryption.unproven",
            f"it is encrypted with {facts.key}",
            "whether kms:Decrypt is allowed shows with its first message: SQS asks for the key then, and not before",
        )
    target = facts.rejected_to or facts.moved_to
    if target is not None and target.is_encrypted is False:
        there = Address(target.name, facts.address.region, facts.address.endpoint_url)
        yield warning(
            "encryption.of_dead_letters",
            f"it is encrypted, and its dead-letter queue {target.name!r} is not",
            "what is rejected lies there in the clear",
            f"aws sqs set-queue-attributes --queue-url {target.url or 'URL'}{there.options} "
            f"--attributes KmsMasterKeyId={facts.key}",
        )


def _on_order(facts: QueueFacts, use: QueueUse) -> Iterator[Finding]:
    target = facts.rejected_to
    if facts.ordered and target is not None and target.exists and not target.name.endswith(".fifo"):
        yield note(
            "order.of_dead_letters",
            f"it is a FIFO queue, and its dead_letter_queue {target.name!r} is none",
            "dead letters of one group lie there in no order",
        )
    if facts.ordered and use.holds:
        yield note(
            "order.held",
            f"it is a FIFO queue, and {' and '.join(use.holds)} can hold a message",
            "its whole group is held behind it, and gets late",
        )


def _on_polls(facts: QueueFacts, use: QueueUse) -> Iterator[Finding]:
    usd_a_million = LIST_PRICES.fifo if facts.ordered else LIST_PRICES.standard
    usd = MONTH_SECONDS / use.waits_seconds * use.idle_workers * usd_a_million / 1e6
    if usd >= NOTABLE_USD:
        yield note(
            "polls.cost",
            f"idle workers ask it each {span(use.waits_seconds)}, and {use.idle_workers} at least are always there",
            f"{money(usd)} a month for nothing; a long poll of 20 s costs {money(usd * use.waits_seconds / 20)}",
            in_table("queue", facts.address.name, "wait_seconds = 20"),
        )


def _on_what_is_in_flight(use: QueueUse) -> Iterator[Finding]:
    if use.in_flight > IN_FLIGHT_LIMIT:
        yield note(
            "in_flight.limit",
            f"all workers together may have {use.in_flight} of its messages in flight",
            f"SQS refuses receives beyond {IN_FLIGHT_LIMIT} (OverLimit), and quick handlers stand idle then",
            "[pool] prefetch_limit or max_workers down",
        )
