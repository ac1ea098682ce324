"""A terminal's screen as the documentation shows it: as text, and as a picture with its colours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from process.terminal.tmux import Tmux

SVG = "{http://www.w3.org/2000/svg}"
DOCS = Path(__file__).parents[3] / "docs" / "screens"
THEME = TerminalTheme(
    (17, 21, 28),
    (214, 219, 228),
    [(17, 21, 28), (255, 123, 114), (126, 211, 133), (229, 192, 88), (121, 172, 255), (210, 153, 255), (86, 212, 221),
     (214, 219, 228)],
)  # fmt: skip
"""Bright figures on dark: each colour at 7 : 1 or more against the ground."""

FONT_FACE = re.compile(r"\s*@font-face \{\{.*?\}\}\n", re.DOTALL)
FONTS = "DejaVu Sans Mono, Menlo, Consolas, monospace"
FORMAT = FONT_FACE.sub("", CONSOLE_SVG_FORMAT).replace("Fira Code, monospace", FONTS)
FORMAT = FORMAT.replace("<svg ", '<svg xml:space="preserve" ', 1)
"""Rich's own loads a font from another site, which is refused where a page shows the picture as an image; and without
the attribute some programs leave out the spaces with which a line begins."""


def draw(coloured: Sequence[str], title: str, name: str) -> str:
    """The lines of a screen, with their escape sequences, as an SVG. ``name`` makes its classes its own."""
    texts = [Text.from_ansi(line) for line in coloured]
    console = Console(record=True, width=max(text.cell_len for text in texts), file=StringIO(), force_terminal=True)
    for text in texts:
        console.print(text, no_wrap=True, overflow="crop", highlight=False)
    return console.export_svg(title=title, theme=THEME, code_format=FORMAT, unique_id=name)


def write(terminal: Tmux, title: str, name: str, directory: Path) -> None:
    """What the terminal shows now, without the empty lines at its end, as ``name``.svg and ``name``.txt."""
    coloured = terminal.screen(colours=True).split("\n")
    plain = [Text.from_ansi(line).plain.rstrip() for line in coloured]
    while plain and not plain[-1]:
        plain.pop()
    directory.mkdir(parents=True, exist_ok=True)
    picture = draw(coloured[: len(plain)], title, name)
    (directory / f"{name}.svg").write_text(picture, encoding="utf-8")
    (directory / f"{name}.txt").write_text("\n".join(plain) + "\n", encoding="utf-8")


def text_of(picture: Path) -> str:
    """All that an SVG of ours shows, without spaces: it stands there in runs of one style."""
    root = ET.fromstring(picture.read_text(encoding="utf-8"))  # noqa: S314 - our own; raises where it is not well-formed
    texts = [each for each in root.iter(f"{SVG}text") if not each.get("class", "").endswith("-title")]
    return "".join("".join("".join(each.itertext()) for each in texts).split())
