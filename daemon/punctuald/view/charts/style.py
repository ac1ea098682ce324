"""The colours of charts, in light and in dark. They are those of Okabe and Ito (2008), which people who see red and
green alike can tell apart; each curve has a name in the legend as well, and a table behind it."""

from __future__ import annotations

from enum import StrEnum


class Theme(StrEnum):
    """Which colours a chart has that stands alone; in a page it goes by the page's style sheet."""

    LIGHT = "light"
    DARK = "dark"


_SERIES = {
    Theme.LIGHT: ("#0072b2", "#c25e00", "#007a5c", "#a8447f", "#7a6a00", "#3a86a8", "#555555", "#8b1a1a", "#5b3fa0"),
    Theme.DARK: ("#56b4e9", "#e69f00", "#2fc79a", "#e08abf", "#f0e442", "#8fd3ff", "#bbbbbb", "#ff8a70", "#b9a3ff"),
}
COLOURS = len(_SERIES[Theme.LIGHT])
_GROUND = {
    Theme.LIGHT: {"ink": "#1c1f23", "soft": "#59616b", "rule": "#d9dde2", "paper": "#ffffff", "alarm": "#b3261e"},
    Theme.DARK: {"ink": "#e7eaee", "soft": "#a6afba", "rule": "#383e46", "paper": "#15181c", "alarm": "#ff7b72"},
}


def variables(theme: Theme) -> str:
    """The custom properties that `RULES` go by."""
    colours = {f"c{number}": colour for number, colour in enumerate(_SERIES[theme])} | _GROUND[theme]
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


RULES = (
    ".chart{font:12px system-ui,sans-serif;fill:var(--ink)}"
    ".chart .axis,.chart .unit{fill:var(--soft)}"
    ".chart .rule{stroke:var(--rule);stroke-width:1;fill:none}"
    ".chart .limit{stroke:var(--alarm);stroke-width:1.5;stroke-dasharray:6 4;fill:none}"
    ".chart .limit-name{fill:var(--alarm)}"
    ".chart .band{fill:var(--alarm);opacity:.13}"
    ".chart .mark{stroke-width:1.5;stroke:var(--soft);opacity:.7}.chart .mark-death{stroke:var(--alarm)}"
    ".chart .mark-reload{stroke:var(--c3);stroke-dasharray:2 3}"
    ".chart .title{font-weight:600;font-size:14px}"
    ".chart .cell{fill:var(--c0)}"
    + "".join(
        f".chart .line{number}{{stroke:var(--c{number});fill:none;stroke-width:1.6;stroke-linejoin:round}}"
        f".chart .fill{number}{{fill:var(--c{number})}}"
        for number in range(COLOURS)
    )
)
"""What charts in a page need; strict policies allow it, for no element has a style of its own."""

STYLE = (
    f":root{{{variables(Theme.LIGHT)}}}@media (prefers-color-scheme: dark){{:root{{{variables(Theme.DARK)}}}}}{RULES}"
)
"""For a page: light or dark, as its reader's system is."""


def style_of(theme: Theme) -> str:
    """For a chart that stands alone, which is an image and inherits nothing."""
    return f".chart{{{variables(theme)}background:var(--paper)}}{RULES}"
