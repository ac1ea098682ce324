"""A whole screen of `punctuald top`."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text

from punctuald.view.terminal.human import MINUTE, short_seconds
from punctuald.view.terminal.printable import printable
from punctuald.view.terminal.sections.columns import cut
from punctuald.view.terminal.sections.document import Document, parts
from punctuald.view.terminal.sections.pool import daemon_line, pool_line, refused_reload, source_line

from .body import body
from .help_page import help_lines
from .viewing import Viewing, selected_queue

HEAD_LINES = 3
FOOT_LINES = 1
SILENT_SECONDS = 3.0
"""After so long without an answer it is said."""

DRAIN_QUESTION = "Drain, and end the daemon? y/n"


@dataclass(frozen=True, slots=True)
class Size:
    """Of a terminal, in cells."""

    width: int
    height: int

    @property
    def body_height(self) -> int:
        """What the sections have."""
        return max(self.height - HEAD_LINES - FOOT_LINES, 0)


@dataclass(frozen=True, slots=True)
class News:
    """What the daemon said last. ``silent_seconds``: so long ago it was, and ``error`` is why. ``notice``: what became
    of a key."""

    document: Document
    silent_seconds: float = 0.0
    error: str = ""
    notice: str = ""


def top_screen(news: News, viewing: Viewing, size: Size) -> list[Text]:
    """Exactly ``size.height`` lines of exactly ``size.width`` cells."""
    document = news.document
    head = [daemon_line(document), pool_line(document, size.width), _third_line(news, viewing)]
    middle = help_lines() if viewing.shows_help else body(document, viewing, size.width, size.body_height)
    middle = middle[: size.body_height]
    middle += [Text()] * (size.body_height - len(middle))
    lines = [*head, *middle, _footer(document, viewing, size.width)]
    return [_exactly(line, size.width) for line in lines[: size.height]]


def _third_line(news: News, viewing: Viewing) -> Text:
    """The most urgent of what there is to say."""
    if viewing.confirms_drain:
        return Text(DRAIN_QUESTION, style="bold reverse")
    if news.silent_seconds >= SILENT_SECONDS:
        why = f": {printable(news.error)}" if news.error else ""
        return Text(f"no answer for {_whole_seconds(news.silent_seconds)}{why}", style="bold reverse")
    if news.notice:
        return Text(printable(news.notice), style="bold")
    return refused_reload(news.document) or source_line(news.document)


def _whole_seconds(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole} s" if whole < MINUTE else short_seconds(whole)


def _footer(document: Document, viewing: Viewing, width: int) -> Text:
    """The keys; the less that one needs them, the sooner they are left out."""
    queues = parts(document, "queues")
    paused = bool(queues) and bool(queues[selected_queue(document, viewing)].get("paused"))
    keys = [
        "q quit", "? help", f"p {'resume' if paused else 'pause'}", "+/- scale", "a auto", "d drain", "j/k queue",
        "PgUp/PgDn workers",
    ]  # fmt: skip
    while len(keys) > 1 and len("  ".join(keys)) > width:
        keys.pop()
    return Text("  ".join(keys), style="reverse")


def _exactly(line: Text, width: int) -> Text:
    exact = cut(line.copy(), width)
    exact.pad_right(width - exact.cell_len)
    return exact
