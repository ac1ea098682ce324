"""What a page shows of a status document, against that document: by the functions that a terminal is written with."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from browser.chromium import CLOCK, PATIENCE_SECONDS
from browser.tab import LOOK_SECONDS, Tab
from punctuald.view.terminal.human import (
    UNKNOWN,
    human_share,
    short_bytes,
    short_count,
    short_rate,
    short_seconds,
)

Document = Mapping[str, Any]

_FIGURES = """({
  snapshot: Number(document.body.dataset.snapshot),
  figures: [...document.querySelectorAll("[data-path]")].map((each) => [
    each.dataset.path, each.dataset.as, each.textContent,
  ]),
})"""

WRITTEN_AS: Mapping[str, Callable[[Any], str]] = {
    "seconds": short_seconds,
    "count": short_count,
    "rate": short_rate,
    "bytes": short_bytes,
    "share": lambda value: UNKNOWN if value is None else human_share(value),
    "times": lambda value: UNKNOWN if value is None else f"{value:.1f}x",
    "budget": lambda value: UNKNOWN if value is None else f"{value * 100:.0f} %",
    "text": lambda value: UNKNOWN if value is None else str(value),
    "words": lambda value: UNKNOWN if value is None else str(value).replace("_", " "),
    "timeOfDay": lambda value: UNKNOWN if value is None else str(value)[11:19],
}


class Figure(NamedTuple):
    """Where in the document it is, and the text that is shown."""

    path: str
    text: str


def wanted(document: Document, path: str, written_as: str) -> str:
    """The text that there should be."""
    value: Any = document
    for name in path.split("/"):
        value = value[int(name)] if isinstance(value, list) else value[name]
    return WRITTEN_AS[written_as](value)


def compared(tab: Tab, status: Callable[[], Document], snapshots: int) -> dict[int, list[tuple[Figure, str]]]:
    """Each figure and what it should be, by the snapshots that were seen both on the page and at ``status``; at least
    so many. Both change each second, so each is looked at until the other one showed the same."""
    pages: dict[int, list[list[str]]] = {}
    documents: dict[int, Document] = {}
    until_mono = CLOCK.mono() + PATIENCE_SECONDS
    while len(pages.keys() & documents.keys()) < snapshots:
        assert CLOCK.mono() < until_mono, f"on the page: {sorted(pages)}; in the status: {sorted(documents)}"
        page, document = tab.value(_FIGURES), status()
        pages[page["snapshot"]], documents[document["snapshot"]] = page["figures"], document
        time.sleep(LOOK_SECONDS)
    return {
        number: [(Figure(path, text), wanted(documents[number], path, kind)) for path, kind, text in pages[number]]
        for number in pages.keys() & documents.keys()
    }
