"""What a key means: another view, a request to the daemon, or the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from punctuald.view.terminal.sections.document import Document, part, parts

from .body import worker_window
from .keys import DOWN, PAGE_DOWN, PAGE_UP, UP
from .viewing import AskedScale, Viewing, selected_queue

KNOWN_AFTER_SNAPSHOTS = 3
"""A request passes by the supervisor, and the document is made once a second: so long it may not show the request."""


@dataclass(frozen=True, slots=True)
class Request:
    """A verb of the control socket, and what is said with it."""

    verb: str
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from a key. ``notice``: why nothing does."""

    viewing: Viewing
    request: Request | None = None
    notice: str = ""
    ends: bool = False


def press(key: str, document: Document, viewing: Viewing, body_height: int) -> Step:
    """``body_height``: the lines that the sections have on the screen."""
    if viewing.confirms_drain:
        return _answered(key, replace(viewing, confirms_drain=False))
    if viewing.shows_help:
        return Step(replace(viewing, shows_help=False), ends=key == "q")
    if key in {"+", "=", "-"}:
        return _scale(document, viewing, -1 if key == "-" else 1)
    if key in {UP, DOWN, "j", "k"}:
        return Step(_select(document, viewing, -1 if key in {UP, "k"} else 1))
    if key in {PAGE_UP, PAGE_DOWN, "J", "K"}:
        return Step(_scroll(document, viewing, body_height, -1 if key in {PAGE_UP, "K"} else 1))
    return _letter(key, document, viewing)


def _letter(key: str, document: Document, viewing: Viewing) -> Step:
    match key:
        case "q":
            return Step(viewing, ends=True)
        case "?" | "h":
            return Step(replace(viewing, shows_help=True))
        case "a":
            request = Request("scale", {"workers": None})
            return Step(replace(viewing, asked_scale=None), request)
        case "p":
            return _pause(document, viewing)
        case "d":
            return Step(replace(viewing, confirms_drain=True))
    return Step(viewing)


def _answered(key: str, viewing: Viewing) -> Step:
    if key not in {"y", "Y"}:
        return Step(viewing, notice="not drained")
    return Step(viewing, Request("drain"))


def _scale(document: Document, viewing: Viewing, change: int) -> Step:
    """From the number that was asked for last, so that + twice is two more, however slow the document is."""
    pool = part(document, "pool")
    least, most = pool.get("min_workers"), pool.get("max_workers")
    now = _asked_or_wanted(document, viewing)
    if now is None or least is None or most is None:
        return Step(viewing, notice="not scaled: it is not known how many workers there are")
    workers = now + change
    if not least <= workers <= most:
        return Step(viewing, notice=f"not scaled: {'min' if workers < least else 'max'}_workers is {now}")
    asked = replace(viewing, asked_scale=AskedScale(workers, document.get("snapshot") or 0))
    return Step(asked, Request("scale", {"workers": workers}))


def _asked_or_wanted(document: Document, viewing: Viewing) -> int | None:
    asked, snapshot = viewing.asked_scale, document.get("snapshot") or 0
    if asked is not None and 0 <= snapshot - asked.snapshot < KNOWN_AFTER_SNAPSHOTS:
        return asked.workers
    pool = part(document, "pool")
    found: int | None = pool.get("workers_wanted") if pool.get("scaled_to") is None else pool["scaled_to"]
    return found


def _pause(document: Document, viewing: Viewing) -> Step:
    queues = parts(document, "queues")
    if not queues:
        return Step(viewing, notice="no queue is known")
    queue = queues[selected_queue(document, viewing)]
    return Step(viewing, Request("resume" if queue.get("paused") else "pause", {"queue": queue.get("queue")}))


def _select(document: Document, viewing: Viewing, change: int) -> Viewing:
    queues = parts(document, "queues")
    if not queues:
        return viewing
    at = selected_queue(document, viewing) + change
    return replace(viewing, queue=queues[max(min(at, len(queues) - 1), 0)].get("queue"))


def _scroll(document: Document, viewing: Viewing, body_height: int, pages: int) -> Viewing:
    shown = worker_window(document, viewing, body_height)
    moved = replace(viewing, first_worker=max(shown.first + pages * shown.count, 0))
    return replace(moved, first_worker=worker_window(document, moved, body_height).first)
