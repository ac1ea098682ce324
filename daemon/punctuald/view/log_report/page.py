"""The report as one HTML page: no script, no network; in light or dark as its reader's system is, at any width, by
keyboard and screen reader. Behind each chart is its table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from punctuald.view.charts.chart import Chart
from punctuald.view.charts.style import STYLE
from punctuald.view.charts.svg import NARROW, WIDE, svg
from punctuald.view.charts.table import Table, table_of
from punctuald.view.terminal.human import UNKNOWN

from .sections import Section

_NUMBER = re.compile(rf"[-+]?[\d,.]+ ?[a-zA-Zµ%]{{0,2}}|{UNKNOWN}|\d+ min \d+ s")
_RULES = (
    "body{margin:0;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
    "overflow-wrap:anywhere}"
    "main,header,nav{max-width:62rem;margin:0 auto;padding:0 1rem}"
    "h1{font-size:1.5rem}h2{font-size:1.25rem;margin-top:2.5rem}"
    "nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;list-style:none}a{color:var(--c0)}"
    "figure{margin:1.5rem 0}.scroll{overflow-x:auto}figure svg{max-width:100%;height:auto;display:block}"
    ".narrow svg{width:100%}.number{text-align:right}"
    "table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}"
    "caption{text-align:left;font-weight:600;padding:.75rem 0 .25rem}"
    "th,td{text-align:left;padding:.2rem .9rem .2rem 0;border-bottom:1px solid var(--rule);white-space:nowrap}"
    "th{color:var(--soft);font-weight:500}summary{cursor:pointer;color:var(--soft)}"
    ":focus-visible{outline:2px solid var(--c0);outline-offset:2px}.narrow{display:none}"
    "@media(max-width:50rem){.narrow{display:block}.wide{display:none}}"
    "@media print{details{display:none}}"
)


def as_page(title: str, shown: Sequence[Section]) -> str:
    """The whole page."""
    return "".join(_parts(title, shown))


def _parts(title: str, shown: Sequence[Section]) -> Iterator[str]:
    yield (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';style-src 'unsafe-inline'\">"
        f'<meta name="color-scheme" content="light dark"><title>{escape(title)}</title>'
        f"<style>{STYLE}{_RULES}</style></head>"
        f'<body><header><h1>{escape(title)}</h1></header><nav aria-label="Sections"><ul>'
    )
    yield from (f'<li><a href="#{section.key}">{escape(section.title)}</a></li>' for section in shown)
    yield "</ul></nav><main>"
    for section in shown:
        yield from _section(section)
    yield "</main></body></html>\n"


def _section(section: Section) -> Iterator[str]:
    yield f'<section aria-labelledby="{section.key}"><h2 id="{section.key}">{escape(section.title)}</h2>'
    yield from (f"<p>{escape(sentence)}</p>" for sentence in section.sentences)
    yield from map(_figure, section.charts)
    yield from (_table(table, caption) for caption, table in section.tables)
    yield "</section>"


def _figure(chart: Chart) -> str:
    numbers = _table(table_of(chart), chart.title)
    return (
        f'<figure><div class="wide">{svg(chart, WIDE)}</div><div class="narrow">{svg(chart, NARROW)}</div>'
        f"<details><summary>The numbers of “{escape(chart.title)}”</summary>{numbers}</details></figure>"
    )


def _table(table: Table, caption: str) -> str:
    numbers = [all(_NUMBER.fullmatch(row[place]) for row in table.rows) for place in range(len(table.head))]
    head = "".join(_cell("th", name, is_number) for name, is_number in zip(table.head, numbers, strict=True))
    rows = "".join(
        f"<tr>{''.join(_cell('td', cell, is_number) for cell, is_number in zip(row, numbers, strict=True))}</tr>"
        for row in table.rows
    )
    # What scrolls can be reached by keyboard, and then has to have a name.
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cell(tag: str, text: str, is_number: bool) -> str:  # noqa: FBT001 - a column is one or not
    scope = ' scope="col"' if tag == "th" else ""
    kind = ' class="number"' if is_number else ""
    return f"<{tag}{scope}{kind}>{escape(text)}</{tag}>"
