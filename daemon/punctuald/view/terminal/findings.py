"""What a doctor says, for people: by subject, the worst first, in lines of at most 100 columns."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from punctuald.policy.advice.amounts import counted
from punctuald.policy.advice.finding import Examined, Finding, Level

COLUMNS = 100
INDENT = " " * 10
CONTINUED = " \\"


def findings_text(examined: Sequence[Examined]) -> Iterator[str]:
    """Lines; one of them where all is as it should be."""
    good = [each.subject for each in examined if each.level is Level.OK]
    if len(good) == len(examined):
        yield f"healthy: nothing to mend of {counted(len(examined), 'thing')} looked at"
        return
    for each in examined:
        if each.level is not Level.OK:
            yield each.subject
            for finding in sorted(each.findings, key=lambda found: -found.level):
                yield from _finding(finding)
    if good:
        yield from _wrapped(", ".join(good), "ok: ")
    yield _summary(examined)


def _finding(finding: Finding) -> Iterator[str]:
    yield from _wrapped(f"{finding.text} [{finding.code}]", f"  {finding.level.word:8}")
    if finding.consequence:
        yield from _wrapped(finding.consequence, f"{INDENT}so: ")
    if finding.mend:
        yield from _wrapped(finding.mend, f"{INDENT}do: ", end=CONTINUED if finding.is_command else "")


def _wrapped(text: str, begin: str, end: str = "") -> Iterator[str]:
    """``end`` stands at the end of each line but the last: with it a shell takes what is copied."""
    parts = textwrap.wrap(text, COLUMNS - len(begin) - len(end), break_long_words=not end, break_on_hyphens=False)
    for number, part in enumerate(parts):
        indent = begin if number == 0 else " " * len(begin)
        yield f"{indent}{part}{end if number < len(parts) - 1 else ''}"


def _summary(examined: Sequence[Examined]) -> str:
    counts = Counter(finding.level for each in examined for finding in each.findings)
    return ", ".join(counted(counts[level], level.word) for level in reversed(Level) if counts[level])
