"""Files in which the kernel keeps numbers (proc(5), cgroups(7)), opened once and read again and again.

Reading one from its beginning gives what it holds now. Opening, which resolves a path and checks rights, costs more
than reading: a dozen of them once a second were most of the CPU of an idle daemon.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_LONGEST_BYTES = 1 << 16


class KernelFile:
    """One open file. Raises OSError where it can't be opened."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def __del__(self) -> None:
        """Close it; it may not have been opened."""
        if hasattr(self, "_descriptor"):
            os.close(self._descriptor)

    def text(self) -> str:
        """What it holds now; "" once the kernel has removed it."""
        try:
            return os.pread(self._descriptor, _LONGEST_BYTES, 0).decode()
        except OSError:
            return ""

    def number(self) -> int | None:
        """A file that is one number; None where it is a word, as «max»."""
        text = self.text().strip()
        return int(text) if text.lstrip("-").isdigit() else None

    def field(self, name: str) -> int | None:
        """The number after ``name`` at the beginning of a line."""
        for line in self.text().splitlines():
            words = line.split()
            if len(words) > 1 and words[0] == name:
                return int(words[1])
        return None


def open_first(paths: Iterable[Path]) -> KernelFile | None:
    """The first of ``paths`` that can be opened: not every kernel, version and level has every file."""
    for path in paths:
        try:
            return KernelFile(path)
        except OSError:
            continue
    return None
