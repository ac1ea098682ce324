"""`punctuald why` for a person: the decision in force, and what stands in the way now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .human import UNKNOWN
from .printable import printable
from .sections.document import Document, part, parts

_AVAILABLE = "available"


def decision_text(utc: str, sentences: Sequence[str], numbers: Mapping[str, object]) -> str:
    """One decision: what was decided and why, then the numbers behind it. Lines end with a line feed, but the last."""
    widest = max(map(len, numbers), default=0)
    lines = [f"The decision of {printable(utc)}:", *(f"  {sentence}" for sentence in sentences), ""]
    for name, value in numbers.items():
        shown = UNKNOWN if value is None else printable(value)
        lines.append(f"  {printable(name).replace('_', ' ').ljust(widest)}  {shown}")
    return "\n".join(lines)


def reasons_now(document: Document) -> list[str]:
    """What else there is to know just now, a line each; ``document`` has parts of the status document, or none."""
    return [*_pool(document), *_queues(document), *_tiers(document)]


def _pool(document: Document) -> list[str]:
    pool, lines = part(document, "pool"), []
    if pool.get("scaled_to") is not None:
        lines.append(
            f"A person asked for {pool['scaled_to']} workers, so the autoscaler's {pool.get('target')} do not count."
        )
    given_up = pool.get("workers_given_up")
    if given_up:
        lines.append(f"{given_up} workers are given up: they never came up; the log says why (process.fatal).")
    if document.get("reload_failed"):
        lines.append(f"{printable(document['reload_failed'])}.")
    return lines


def _queues(document: Document) -> list[str]:
    lines = []
    for queue in parts(document, "queues"):
        name, state, text = printable(queue.get("queue")), queue.get("state"), queue.get("text")
        if state not in {None, _AVAILABLE}:
            lines.append(
                f"{name} is {state}{f': {printable(text)}' if text else ''}; it is no reason for more workers."
            )
        lines += _limits(name, part(queue, "limits"))
    return lines


def _limits(name: str, limits: Document) -> list[str]:
    concurrency, rate = limits.get("concurrency"), limits.get("rate_per_second")
    at_once = [] if concurrency is None else [f"{concurrency} messages at once"]
    said = [*at_once, *([] if rate is None else [f"{rate:g} starts a second"])]
    return [f"{name} may have {' and '.join(said)}; what waits for that is no reason for more workers."] if said else []


def _tiers(document: Document) -> list[str]:
    return [
        f"{printable(tier.get('tier'))} has been violated since {printable(tier.get('violated_since'))}; "
        f"overdue now: {tier.get('overdue')}."
        for tier in parts(document, "tiers")
        if tier.get("violated")
    ]
