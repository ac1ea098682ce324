"""From the bytes that a keyboard sends to keys."""

from __future__ import annotations

import re

UP, DOWN, PAGE_UP, PAGE_DOWN = "up", "down", "page up", "page down"

_SEQUENCES = {
    "\x1b[A": UP,
    "\x1bOA": UP,  # in the application mode of some terminals
    "\x1b[B": DOWN,
    "\x1bOB": DOWN,
    "\x1b[5~": PAGE_UP,
    "\x1b[6~": PAGE_DOWN,
}
_KEY = re.compile(r"\x1b\[[0-9;?]*[@-~]|\x1bO[@-~]|[^\x1b]|\x1b(?!$)", re.DOTALL)
_BEGUN = re.compile(r"\x1b(\[[0-9;?]*|O)?\Z")


class KeyReader:
    """What was typed, key by key. A sequence that comes in two parts, as over SSH, is one key all the same."""

    def __init__(self) -> None:
        self._begun = ""

    def keys(self, typed: bytes) -> list[str]:
        """A printable character stands for itself; sequences of no meaning here are left out."""
        text = self._begun + typed.decode(errors="replace")
        begun = _BEGUN.search(text)
        self._begun = begun[0] if begun else ""
        whole = text.removesuffix(self._begun)
        found = [_SEQUENCES.get(each, each) for each in _KEY.findall(whole)]
        return [key for key in found if key.isprintable()]
