"""`punctuald status` for a person: the whole daemon on one page."""

from __future__ import annotations

import textwrap

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
    """``document``: the answer to the control verb `status`. ``width``: of the terminal, in cells; `NO_LIMIT` where
    the page goes to a file or a pipe, so that nothing is left out. There is no line feed at the end."""
    reload = refused_reload(document)
    queues = [*queue_lines(document, width), *_troubles(document, width)]
    decisions = decision_lines(document, width)[: 1 + DECISIONS_SHOWN]
    head = [daemon_line(document), pool_line(document, width), source_line(document), *_wrapped(reload, width, "")]
    return page_text([head, queues, tier_lines(document, width), worker_lines(document, width), decisions], width)


def _troubles(document: Document, width: int) -> list[Text]:
    found = [queue_trouble(queue) for queue in parts(document, "queues")]
    return [line for trouble in found for line in _wrapped(trouble, width, "  ")]


def _wrapped(sentence: Text | None, width: int, indent: str) -> list[Text]:
    """All of it: it may say at its end what to do. `top`, which has no room for that, cuts it."""
    lines = (
        textwrap.wrap(sentence.plain, width, initial_indent=indent, subsequent_indent=f"{indent}  ") if sentence else []
    )
    return [Text(line) for line in lines]
