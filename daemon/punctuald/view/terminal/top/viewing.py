"""What the person at the screen has chosen, and what the screen has to say to them."""

from __future__ import annotations

from dataclasses import dataclass

from punctuald.view.terminal.sections.document import Document, parts


@dataclass(frozen=True, slots=True)
class AskedScale:
    """A number of workers that was asked for, until the document can know of it."""

    workers: int
    snapshot: int


@dataclass(frozen=True, slots=True)
class Viewing:
    """``queue``: the selected one, by name; None or one that is gone: the first. ``first_worker``: where the list of
    workers begins, in rows. ``asked_scale``: see `AskedScale`."""

    queue: str | None = None
    first_worker: int = 0
    shows_help: bool = False
    confirms_drain: bool = False
    asked_scale: AskedScale | None = None


def selected_queue(document: Document, viewing: Viewing) -> int:
    """Its place in the list of queues."""
    names = [queue.get("queue") for queue in parts(document, "queues")]
    return names.index(viewing.queue) if viewing.queue in names else 0
