"""Pieces become lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from punctuald.policy.log_lines.whole_lines import cut


def test_a_line_waits_for_its_end() -> None:
    assert cut(b"", b"begun, ", 100) == ((), b"begun, ")
    assert cut(b"begun, ", b"ended\nnext", 100) == ((b"begun, ended",), b"next")


def test_what_is_empty_is_no_line() -> None:
    assert cut(b"", b"\n \t\r\n\r\n", 100) == ((), b"")


def test_a_carriage_return_before_the_end_belongs_to_the_end() -> None:
    assert cut(b"", b"one\r\ntwo\rthree\r\n", 100).lines == (b"one", b"two\rthree")


def test_a_line_that_is_too_long_is_cut_between_characters() -> None:
    euro = "\N{EURO SIGN}".encode()
    assert cut(b"", euro * 3 + b"\n", 7).lines == (euro * 2, euro)
    assert cut(b"", b"\x80" * 10 + b"\n", 4).lines == (b"\x80" * 4, b"\x80" * 4, b"\x80" * 2)


def test_a_line_without_end_does_not_grow() -> None:
    assert cut(b"1234", b"56789", 4) == ((b"1234", b"5678"), b"9")


@given(
    text=st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"])),
    ends=st.lists(st.integers(0, 50)),
    longest=st.integers(4, 40),
)
def test_nothing_is_lost_or_torn_however_it_is_written(text: str, ends: list[int], longest: int) -> None:
    data, kept = text.encode(), b""
    lines: list[bytes] = []
    for size in [*ends, len(data)]:
        piece, data = data[:size], data[size:]
        made, kept = cut(kept, piece, longest)
        lines += made
        assert len(kept) <= longest
    lines += cut(kept, b"\n", longest).lines
    assert all(0 < len(line) <= longest for line in lines)
    assert "".join("".join(line.decode("utf-8", "strict") for line in lines).split()) == "".join(text.split())
