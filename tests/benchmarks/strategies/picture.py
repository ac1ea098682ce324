"""The rows as a picture: a bar for each P95 on a logarithmic scale, a tick for its P50, a line for each target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log10
from xml.sax.saxutils import escape

from benchmarks.strategies.row import TARGETS_SECONDS, Row, short

WIDTH, TOP, ROW_HEIGHT, BAR_HEIGHT, BOTTOM = 960, 74, 34, 20, 66
LEFT, RIGHT = 372, 70  # for names, and for the figure of the longest bar
LOWEST_SECONDS, HIGHEST_SECONDS = 0.03, 100.0
GRID_SECONDS = (0.1, 1.0, 10.0, 100.0)
FONT = "-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Palette:
    """Texts stand off their ground by 7:1 or more, bars and lines by 3:1 or more (WCAG 2)."""

    ground: str
    text: str
    quiet: str
    grid: str
    script: str
    daemon: str
    target: str


LIGHT = Palette("#ffffff", "#1f2328", "#424a53", "#d0d7de", "#818b98", "#0969da", "#b3141d")
DARK = Palette("#0d1117", "#f0f6fc", "#b7bdc8", "#30363d", "#767f8a", "#388bfd", "#ff9a94")


def draw(rows: Sequence[Row], palette: Palette) -> str:
    """The whole SVG; a row that is left out has its word in place of a bar."""
    height = TOP + ROW_HEIGHT * len(rows) + BOTTOM
    places = [(row, TOP + ROW_HEIGHT * number + ROW_HEIGHT // 2) for number, row in enumerate(rows)]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"',
        f'role="img" aria-labelledby="title desc" font-family="{FONT}" font-size="14">',
        '<title id="title">End-to-end latency of each strategy: P95 and P50, on a logarithmic scale</title>',
        f'<desc id="desc">{escape(_described(rows))}</desc>',
        f'<rect width="{WIDTH}" height="{height}" fill="{palette.ground}"/>',
        _text(16, 28, "End to end, 95 % of events within", palette.text, size=17, weight=600),
        *_scale(height - BOTTOM, palette),
        *(line for row, middle in places for line in _bar(row, middle, palette)),
        *_targets(height - BOTTOM, palette),
        *(line for row, middle in places for line in _words(row, middle, palette)),
        *_legend(height - 16, palette),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _described(rows: Sequence[Row]) -> str:
    told = (f"{row.name}: {row.left_out or f'P95 {short(row.p95)}, P50 {short(row.p50)}'}" for row in rows)
    return "; ".join(told) + "."


def _bar(row: Row, middle: int, palette: Palette) -> Iterator[str]:
    if row.left_out:
        return
    fill = palette.daemon if row.own else palette.script
    begin, width, tick = middle - BAR_HEIGHT // 2, max(2.0, _x(row.p95) - LEFT), _x(row.p50)
    yield f'<rect class="bar" x="{LEFT}" y="{begin}" width="{width:.1f}" height="{BAR_HEIGHT}" rx="2" fill="{fill}"/>'
    path = f"M{tick:.1f} {begin - 3}v{BAR_HEIGHT + 6}"
    yield f'<path class="p50" d="{path}" stroke="{palette.ground}" stroke-width="5"/>'
    yield f'<path d="{path}" stroke="{palette.text}" stroke-width="2"/>'


def _words(row: Row, middle: int, palette: Palette) -> Iterator[str]:
    """Above all lines, which end around them."""
    base, halo = middle + 5, palette.ground
    yield _text(LEFT - 12, base, row.name, palette.text, anchor="end")
    if row.left_out:
        yield _text(LEFT + 8, base, f"left out: {row.left_out}", palette.quiet, halo=halo)
    else:
        yield _text(_x(row.p95) + 8, base, short(row.p95), palette.text, weight=600, name="p95", halo=halo)


def _scale(bottom: int, palette: Palette) -> Iterator[str]:
    for seconds in GRID_SECONDS:
        yield f'<path d="M{_x(seconds):.1f} {TOP}V{bottom}" stroke="{palette.grid}"/>'
        yield _text(_x(seconds), bottom + 18, f"{seconds:g} s", palette.quiet, anchor="middle", size=12)


def _targets(bottom: int, palette: Palette) -> Iterator[str]:
    for seconds in TARGETS_SECONDS:
        path = f"M{_x(seconds):.1f} {TOP - 4}V{bottom}"
        yield f'<path class="target" d="{path}" stroke="{palette.target}" stroke-width="1.5" stroke-dasharray="5 3"/>'
        yield _text(_x(seconds), TOP - 10, f"{seconds:g} s", palette.target, anchor="middle", weight=600)


def _legend(base: int, palette: Palette) -> Iterator[str]:
    for x, fill, words in ((LEFT, palette.script, "script"), (LEFT + 80, palette.daemon, "punctuald")):
        yield f'<rect x="{x}" y="{base - 11}" width="14" height="12" rx="2" fill="{fill}"/>'
        yield _text(x + 20, base, words, palette.quiet, size=13)
    yield f'<path d="M{LEFT + 190} {base - 13}v16" stroke="{palette.text}" stroke-width="2"/>'
    yield _text(LEFT + 198, base, "P50", palette.quiet, size=13)
    yield f'<path d="M{LEFT + 250} {base - 5}h22" stroke="{palette.target}" stroke-width="1.5" stroke-dasharray="5 3"/>'
    yield _text(LEFT + 278, base, "the plan's targets for P95", palette.quiet, size=13)


def _x(seconds: float) -> float:
    """What is off the scale ends at its edge; the figure beside the bar is right all the same."""
    within = min(max(seconds, LOWEST_SECONDS), HIGHEST_SECONDS)
    share = log10(within / LOWEST_SECONDS) / log10(HIGHEST_SECONDS / LOWEST_SECONDS)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _text(
    x: float,
    y: float,
    words: str,
    fill: str,
    *,
    anchor: str = "start",
    size: int = 14,
    weight: int = 400,
    name: str = "",
    halo: str = "",
) -> str:
    """``halo`` is the colour of a margin around it, if it is to have one."""
    style = f' class="{name}"' if name else ""
    style += f' stroke="{halo}" stroke-width="4" paint-order="stroke"' if halo else ""
    where = f'x="{x:.1f}" y="{y}" fill="{fill}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}"'
    return f"<text {where}{style}>{escape(words)}</text>"
