"""Text of others on a terminal: names of queues and ids of messages may hold what a terminal would obey."""

from __future__ import annotations

from typing import Any


def printable(text: Any) -> str:
    r"""``text`` on one line, with what is no visible character escaped: ESC is ``\x1b``.

    These are control characters, line ends, what changes the direction of the text behind it, and halves of pairs.
    """
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in str(text))
