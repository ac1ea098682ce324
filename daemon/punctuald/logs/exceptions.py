"""What a line says of an exception beside its traceback."""

from __future__ import annotations

import traceback


def in_one_line(error: BaseException) -> str:
    """Its type and its text."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def line_of(error: BaseException) -> str:
    """File and line that raised it; "" where it was not raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
