"""Messages whose handler kills its worker, as their bodies say."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from chaos.ledger.events import Kind, QueueEvent, Run

WORKERS_DIED = "workers died while they ran it"
"""What the daemon gives as the reason when it takes a message for poison."""

_SAID = '"kills":true'


def is_poison(body: str) -> bool:
    """Whether the handler of a message with this body kills its worker."""
    return _SAID in body


def killed_by_poison(events: Iterable[QueueEvent], runs: Iterable[Run]) -> dict[int, float]:
    """The processes that ran poison, and when it killed them: after it had worked for as long as it says."""
    works = {
        event.message_id: orjson.loads(event.body)["work_seconds"]
        for event in events
        if event.kind is Kind.SENT and is_poison(event.body)
    }
    return {run.pid: run.started_mono + works[run.message_id] for run in runs if run.message_id in works}
