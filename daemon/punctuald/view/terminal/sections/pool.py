"""The first lines: which daemon this is and how it does as a whole."""

from __future__ import annotations

from rich.text import Text

from punctuald.view.terminal.human import UNKNOWN, short_seconds
from punctuald.view.terminal.printable import printable

from .document import Document, part

_STATES = ("starting", "draining", "backing_off", "given_up")
"""Of workers that are not ready: shown where there are some."""
_BAD = frozenset({"backing_off", "given_up"})


def daemon_line(document: Document) -> Text:
    """Version, host, process, state, and for how long it has been up."""
    state = printable(document.get("state") or UNKNOWN)
    facts: list[str | Text] = [
        f"punctuald {printable(document.get('version') or UNKNOWN)}",
        f"on {printable(document.get('host') or UNKNOWN)}",
        f"pid {_known(document.get('pid'))}",
        Text(state, style="bold" if state == "running" else "bold yellow"),
        f"up {short_seconds(document.get('up_seconds'))}",
        f"generation {_known(document.get('generation'))}",
    ]
    return Text("  ").join(Text(fact) if isinstance(fact, str) else fact for fact in facts)


def pool_line(document: Document) -> Text:
    """Workers by state, how many are wanted and who says so, slots that are busy."""
    pool = part(document, "pool")
    line = Text(f"workers {_known(pool.get('workers_ready'))} ready")
    for state in _STATES:
        if count := pool.get(f"workers_{state}"):
            line.append(f", {count} {state.replace('_', ' ')}", style="bold red" if state in _BAD else "")
    bounds = f"{_known(pool.get('min_workers'))} to {_known(pool.get('max_workers'))}"
    line.append(f"  {_known(pool.get('workers_wanted'))} wanted: {_who_says(pool)}, within {bounds}")
    return line.append(f"  slots {_known(pool.get('busy_slots'))} of {_known(pool.get('slots'))} busy")


def refused_reload(document: Document) -> Text | None:
    """Why the last reload changed nothing; None where it did, or there was none."""
    text = document.get("reload_failed")
    return Text(f"reload refused: {printable(text)}", style="bold red") if text else None


def _who_says(pool: Document) -> str:
    scaled_to = pool.get("scaled_to")
    return "auto" if scaled_to is None else f"scaled to {scaled_to} by hand"


def _known(value: object) -> str:
    return UNKNOWN if value is None else str(value)
