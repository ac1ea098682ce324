"""A page of sections as plain text."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from .sections.columns import cut


def page_text(sections: Sequence[Sequence[Text]], width: int) -> str:
    """The sections with a blank line between them, without a line feed at the end; no line is wider than ``width``."""
    return "\n\n".join("\n".join(cut(line, width).plain for line in section) for section in sections)
