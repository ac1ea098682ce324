"""The sections of the screen, cut to their lines: queues, tiers, workers, decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from punctuald.view.terminal.printable import known
from punctuald.view.terminal.sections.decisions import decision_lines
from punctuald.view.terminal.sections.document import Document, parts
from punctuald.view.terminal.sections.queues import queue_lines, queue_trouble
from punctuald.view.terminal.sections.tiers import tier_lines
from punctuald.view.terminal.sections.workers import worker_lines

from .lists import Window, around, listed, window
from .shares import Claim, share_lines
from .viewing import Viewing, selected_queue

_WEIGHTS = (2, 2, 3, 1)
_FEWEST_DECISIONS = 2
_BETWEEN = len(_WEIGHTS) - 1


@dataclass(frozen=True, slots=True)
class Lines:
    """How many each section has."""

    queues: int
    tiers: int
    workers: int
    decisions: int


def lines_of(document: Document, height: int) -> Lines:
    """What each of them has of ``height`` lines."""
    counts = [len(parts(document, name)) for name in ("queues", "tiers", "workers")]
    counts[0] += any(queue_trouble(queue) for queue in parts(document, "queues"))
    decisions = _decisions(document, height - sum(1 + count for count in counts) - _BETWEEN - 1)
    claims = [Claim(1 + count, weight) for count, weight in zip([*counts, decisions], _WEIGHTS, strict=True)]
    return Lines(*share_lines(claims, height))


def _decisions(document: Document, room: int) -> int:
    """As many as there is room for: the blank lines between the sections serve better than an old decision."""
    return min(len(parts(document, "decisions")), max(_FEWEST_DECISIONS, room))


def worker_window(document: Document, viewing: Viewing, height: int) -> Window:
    """Which workers are on the screen."""
    return window(len(parts(document, "workers")), lines_of(document, height).workers, viewing.first_worker)


def body(document: Document, viewing: Viewing, width: int, height: int) -> list[Text]:
    """At most ``height`` lines; where there are some to spare, they are between the sections."""
    lines = lines_of(document, height)
    workers = worker_window(document, viewing, height)
    sections = [
        _queues(document, viewing, width, lines.queues),
        _tiers(document, width, lines.tiers),
        listed(worker_lines(document, width), workers, _worker_rest(document)) if lines.workers else [],
        decision_lines(document, width)[: lines.decisions],
    ]
    return _apart([section for section in sections if section], height)


def _apart(sections: Sequence[Sequence[Text]], height: int) -> list[Text]:
    spare = height - sum(len(section) for section in sections)
    apart: list[Text] = []
    for number, section in enumerate(sections):
        apart += [Text(), *section] if 0 < number <= spare else section
    return apart


def _queues(document: Document, viewing: Viewing, width: int, lines: int) -> list[Text]:
    if not lines:
        return []
    queues, selected = parts(document, "queues"), selected_queue(document, viewing)
    trouble = _trouble(queues, selected)
    table = queue_lines(document, width, selected)
    shown = around(len(queues), lines - bool(trouble), selected)
    return [*listed(table, shown, " queues: j and k select"), *([trouble] if trouble else [])]


def _trouble(queues: Sequence[Document], selected: int) -> Text | None:
    """The selected queue's, else that of the first one that has some."""
    in_order = [*queues[selected : selected + 1], *queues]
    found = next(filter(None, map(queue_trouble, in_order)), None)
    return Text("  ").append_text(found) if found else None


def _tiers(document: Document, width: int, lines: int) -> list[Text]:
    """Those that are violated first, where there is no room for all."""
    if not lines:
        return []
    tiers = parts(document, "tiers")
    if len(tiers) >= lines:
        tiers = sorted(tiers, key=lambda tier: not tier.get("violated"))
    shown = window(len(tiers), lines, 0)
    hidden = sum(bool(tier.get("violated")) for tier in tiers[shown.count :])
    return listed(tier_lines({"tiers": tiers}, width), shown, f" tiers, {hidden} of the others violated")


def _worker_rest(document: Document) -> str:
    states = Counter(known(worker.get("state")) for worker in parts(document, "workers"))
    said = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in states.most_common())
    return f" workers: PgUp, PgDn ({said})"
