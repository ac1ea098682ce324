"""`punctuald status` for a person: the whole daemon on one page."""

from __future__ import annotations

from rich.text import Text

from .sections.decisions import decision_lines
from .sections.document import Document, parts
from .sections.pool import daemon_line, pool_line, refused_reload, source_line
from .sections.queues import queue_lines, queue_trouble
from .sections.tiers import tier_lines
from .sections.workers import worker_lines
from .text_page import page_text

DECISIONS_SHOWN = 5


def status_text(document: Document, width: int) -> str:
    """``document``: the answer to the control verb `status`. ``width``: of the terminal, in cells; a large one where
    the page goes to a file, so that nothing is left out. There is no line feed at the end."""
    reload = refused_reload(document)
    queues = [*queue_lines(document, width), *_troubles(document)]
    decisions = decision_lines(document, width)[: 1 + DECISIONS_SHOWN]
    head = [daemon_line(document), pool_line(document), source_line(document), *([reload] if reload else [])]
    return page_text([head, queues, tier_lines(document, width), worker_lines(document, width), decisions], width)


def _troubles(document: Document) -> list[Text]:
    found = [queue_trouble(queue) for queue in parts(document, "queues")]
    return [Text("  ").append_text(trouble) for trouble in found if trouble]
