"""A page of sections as plain text."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from .sections.columns import cut


def page_text(sections: Sequence[Sequence[Text]], width: int) -> str:
    """The sections with a blank line between them; no line is wider than ``width``, in cells."""
    return "\n".join("".join(f"{cut(line, width).plain}\n" for line in section) for section in sections)
