from __future__ import annotations

import pytest

from punctuald.view.terminal.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("orders", "orders"),
        ("Bücher, 本", "Bücher, 本"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("two\nlines\ttab", "two\\nlines\\ttab"),
        ("\x9b31m", "\\x9b31m"),  # CSI in one character
        ("abc\u202edef", "abc\\u202edef"),  # what follows would be read from right to left
        ("\udc80", "\\udc80"),
        ("", ""),
    ],
)
def test_what_a_terminal_would_obey_is_shown_and_not_done(text: str, shown: str) -> None:
    assert printable(text) == shown
