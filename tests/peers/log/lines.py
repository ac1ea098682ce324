"""Where handlers write down what they handled, a line each; it needs no more than they do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

HANDLED_VARIABLE = "PUNCTUALD_LOG_HANDLED"
"""Environment variable: the file that handlers append to."""


def whole_lines(path: Path) -> Sequence[str]:
    """In the order of writing. A last line that is not whole yet is left out."""
    if not path.exists():
        return []
    return [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]
