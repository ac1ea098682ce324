from __future__ import annotations

import pytest

from punctuald.view.terminal.top.keys import DOWN, PAGE_DOWN, PAGE_UP, UP, KeyReader


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        (b"q", ["q"]),
        (b"++a", ["+", "+", "a"]),
        (b"\x1b[A\x1b[B\x1bOA\x1bOB", [UP, DOWN, UP, DOWN]),
        (b"\x1b[5~j\x1b[6~", [PAGE_UP, "j", PAGE_DOWN]),
        (b"\x1b[1;5C\x1b[15~x", ["x"]),  # of no meaning here
        ("é本".encode(), ["é", "本"]),
        (b"\xff\x00\r\n", ["\ufffd"]),
        (b"\x1bq", ["q"]),  # Alt and q
        (b"\x1b\x1b[A", [UP]),
        (b"", []),
    ],
)
def test_bytes_become_keys(typed: bytes, keys: list[str]) -> None:
    assert KeyReader().keys(typed) == keys


def test_a_sequence_that_comes_in_parts_is_one_key() -> None:
    reader = KeyReader()
    assert [reader.keys(part) for part in (b"j\x1b", b"[", b"5", b"~k")] == [["j"], [], [], [PAGE_UP, "k"]]
