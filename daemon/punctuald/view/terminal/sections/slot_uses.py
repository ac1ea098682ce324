"""Handler slots that are busy, of how many: those of threads and of coroutines apart where there are both."""

from __future__ import annotations

from collections.abc import Sequence

from punctuald.view.terminal.printable import known

from .document import Document

SLOT_KINDS = ("threads", "coroutines")


def slot_uses(counts: Document) -> Sequence[str]:
    """``counts``: the pool, or a worker. One for each of `SLOT_KINDS` where there are slots of both; else one of all.

    All threads may be busy while most coroutines are free: their sum would look like room for more.
    """
    if all(counts.get(kind) for kind in SLOT_KINDS):
        return [_use(counts, kind) for kind in SLOT_KINDS]
    return [_use(counts, "slots")]


def _use(counts: Document, kind: str) -> str:
    return f"{known(counts.get(f'busy_{kind}'))}/{known(counts.get(kind))}"
