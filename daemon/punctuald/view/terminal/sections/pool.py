"""The first lines: which daemon this is and how it does as a whole."""

from __future__ import annotations

from rich.text import Text

from punctuald.view.terminal.human import short_seconds
from punctuald.view.terminal.printable import known, printable

from .document import Document, part, parts
from .slot_uses import SLOT_KINDS, slot_uses
from .time_of_day import time_of_day

_STATES = ("starting", "draining", "backing_off", "given_up")
"""Of workers that are not ready: shown where there are some."""
_BAD = frozenset({"backing_off", "given_up"})


def daemon_line(document: Document) -> Text:
    """Version, host, process, state, and for how long it has been up."""
    state = known(document.get("state"))
    facts: list[str | Text] = [
        f"punctuald {known(document.get('version'))}",
        f"on {known(document.get('host'))}",
        f"pid {known(document.get('pid'))}",
        Text(state, style="bold" if state == "running" else "bold yellow"),
        f"up {short_seconds(document.get('up_seconds'))}",
        f"generation {known(document.get('generation'))}",
    ]
    return Text("  ").join(Text(fact) if isinstance(fact, str) else fact for fact in facts)


def pool_line(document: Document, width: int) -> Text:
    """Workers by state, how many are wanted, slots that are busy; and who wants it, if that fits into ``width``."""
    pool = part(document, "pool")
    line, busy = _workers(pool), f"  {_slots(pool)}"
    bounds = f" ({_who_says(pool)}, {known(pool.get('min_workers'))} to {known(pool.get('max_workers'))})"
    if line.cell_len + len(bounds) + len(busy) <= width:
        line.append(bounds)
    return line.append(busy)


def _workers(pool: Document) -> Text:
    line = Text(f"workers {known(pool.get('workers_ready'))} ready")
    for state in _STATES:
        if count := pool.get(f"workers_{state}"):
            line.append(f", {count} {state.replace('_', ' ')}", style="bold red" if state in _BAD else "")
    return line.append(f"  {known(pool.get('workers_wanted'))} wanted")


def _slots(pool: Document) -> str:
    uses = slot_uses(pool)
    if len(uses) == 1:
        return f"slots {uses[0]} busy"
    return " ".join(f"{use} {kind}" for use, kind in zip(uses, SLOT_KINDS, strict=True))


def source_line(document: Document) -> Text:
    """Of which configuration, from when the figures are, and how old the oldest message is where no queue says it."""
    config, utc = known(document.get("config")), time_of_day(document.get("utc"))
    line, age_seconds = Text(f"{config}  as of {utc} UTC"), document.get("head_age_seconds")
    if age_seconds is not None and any(map(_hides_its_head, parts(document, "queues"))):
        line.append(f"  oldest message waits {short_seconds(age_seconds)}")
    return line


def refused_reload(document: Document) -> Text | None:
    """Why the last reload changed nothing; None where it did, or there was none."""
    text = document.get("reload_failed")
    return Text(f"reload refused: {printable(text)}", style="bold red") if text else None


def _hides_its_head(queue: Document) -> bool:
    return bool(queue.get("backlog")) and queue.get("head_age_seconds") is None


def _who_says(pool: Document) -> str:
    return "auto" if pool.get("scaled_to") is None else "by hand"
