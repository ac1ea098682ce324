"""One answer off the wire, in all the ways that HTTP/1.1 allows and some that it does not."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from punctuald.source.aws.http import (
    MAX_BODY_BYTES,
    MAX_HEAD_BYTES,
    AnswerError,
    AnswerParser,
    HttpAnswer,
    MalformedAnswer,
    OversizedAnswer,
    TruncatedAnswer,
    read_whole,
)

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Name: one\r\n\r\nhello"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nhel\r\n2;extension=1\r\nlo\r\n0\r\nTrailer: x\r\n\r\n"
)


def read(*pieces: bytes) -> HttpAnswer:
    """The answer that came in these pieces, before the stream ended."""
    parser = AnswerParser()
    for piece in pieces:
        answer = parser.feed(piece)
        if answer is not None:
            return answer
    return parser.end()


def fields(answer: HttpAnswer) -> tuple[int, dict[str, str], bytes, bool]:
    return answer.status, answer.headers, answer.body, answer.reusable


@pytest.mark.parametrize("raw", [PLAIN, CHUNKED], ids=["length", "chunked"])
def test_a_body_ends_where_it_says(raw: bytes) -> None:
    answer = read(raw)
    assert (answer.status, answer.body, answer.reusable) == (200, b"hello", True)


def test_header_names_are_lower_case_and_double_ones_are_joined() -> None:
    answer = read(b"HTTP/1.1 204 No Content\r\nX-A: 1\r\nx-a:2\r\n\r\n")
    assert (answer.headers, answer.body) == ({"x-a": "1, 2"}, b"")


@given(raw=st.sampled_from([PLAIN, CHUNKED]), cuts=st.sets(st.integers(1, 60)))
def test_it_does_not_matter_in_which_pieces_an_answer_comes(raw: bytes, cuts: set[int]) -> None:
    places = [0, *sorted(cut for cut in cuts if cut < len(raw)), len(raw)]
    pieces = [raw[begin:end] for begin, end in pairwise(places)]
    assert fields(read(*pieces)) == fields(read(raw))


def test_interim_answers_are_passed_over() -> None:
    assert read(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + PLAIN).body == b"hello"


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        PLAIN + b"HTTP/1.1 200 OK",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ],
    ids=["says close", "ends with the stream", "HTTP/1.0", "more than one answer", "two lengths"],
)
def test_a_connection_is_not_used_again_unless_it_surely_can(raw: bytes) -> None:
    answer = read(raw)
    assert (answer.body, answer.reusable) == (b"hello", False)


def test_an_old_server_may_ask_to_keep_the_connection() -> None:
    assert read(b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n").reusable


@given(raw=st.sampled_from([PLAIN, CHUNKED]), data=st.data())
def test_a_shorter_answer_is_never_taken_for_a_whole_one(raw: bytes, data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(raw) - 1))
    with pytest.raises(TruncatedAnswer) as raised:
        read(*([raw[:length]] if length else []))
    assert raised.value.began == (length > 0)


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedAnswer):
        read(raw)


def test_endless_headers_are_given_up() -> None:
    with pytest.raises(MalformedAnswer, match="too long"):
        read(b"HTTP/1.1 200 OK\r\n", *[b"x: " + b"y" * 1_000 + b"\r\n"] * (MAX_HEAD_BYTES // 1_000 + 2))


@pytest.mark.parametrize(
    "raw",
    [
        f"HTTP/1.1 200 OK\r\nContent-Length: {MAX_BODY_BYTES + 1}\r\n\r\n".encode(),
        f"HTTP/1.1 200 OK\r\nContent-Length: {'9' * 5_000}\r\n\r\n".encode(),
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{MAX_BODY_BYTES + 1:x}\r\n".encode(),
    ],
    ids=["length", "no number", "chunk"],
)
def test_an_answer_that_says_it_is_longer_than_any_is_not_waited_for(raw: bytes) -> None:
    with pytest.raises(OversizedAnswer):
        read(raw)


def test_an_endless_body_is_given_up() -> None:
    part = b"x" * 1_048_576
    with pytest.raises(OversizedAnswer, match="longer than 64 MiB"):
        read(b"HTTP/1.1 200 OK\r\n\r\n", *[part] * (MAX_BODY_BYTES // len(part) + 1))


USUAL = {
    "plain": PLAIN,
    "as SQS sends it": b"HTTP/1.1 200 OK\r\nx-amzn-RequestId: 1\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
    b"Content-Type: application/x-amz-json-1.0\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\n{}",
    "without a reason": b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("raw", USUAL.values(), ids=USUAL)
def test_the_usual_answer_in_one_piece_is_read_at_once_and_as_the_parser_reads_it(raw: bytes) -> None:
    answer = read_whole(raw)
    assert answer is not None
    assert fields(answer) == fields(read(raw))
    assert answer.date == answer.headers.get("date")


CHANGES = st.sampled_from([b"", b"\r\n", b"\r\n\r\n", b":", b" ", b"x", b"0", b"9", b"close", b"\x00", b"\xff"])
LINES = [
    b"Content-Length: 5",
    b"content-length:5",
    b"Content-Length: +5",
    b"Content-Length: 5, 5",
    b"Content-Length : 5",
    b"Transfer-Encoding: chunked",
    b"Connection: close",
    b"connection: Keep-Alive",
    b"Connection: keep-alive, close",
    b"no colon",
    b"Date: now",
    b"X: y",
]
BODIES = [b"hello", b"hell", b"hello!", b"\r\n\r\nx"]


@given(
    lines=st.lists(st.sampled_from(LINES), max_size=4),
    body=st.sampled_from(BODIES),
    place=st.integers(0, 80),
    change=CHANGES,
)
def test_reading_at_once_takes_nothing_that_the_parser_takes_otherwise(
    lines: list[bytes], body: bytes, place: int, change: bytes
) -> None:
    raw = b"\r\n".join([b"HTTP/1.1 200 OK", *lines]) + b"\r\n\r\n" + body
    raw = raw[:place] + change + raw[place:]
    at_once = read_whole(raw)
    if at_once is not None:
        assert fields(at_once) == fields(read(raw))


@given(st.binary(max_size=200))
def test_whatever_comes_there_is_an_answer_or_an_error_of_ours(raw: bytes) -> None:
    try:
        answer = read(raw)
    except AnswerError:
        return
    assert 200 <= answer.status < 600


FRAGMENTS = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 100 X\r\n\r\n",
    b"content-length: 5\r\n",
    b"Content-Length: " + b"9" * 5_000 + b"\r\n",
    b"transfer-encoding: chunked\r\n",
    b"connection: close\r\n",
    b"\r\n",
    b"5\r\nhello\r\n",
    b"0\r\n\r\n",
    b"FFFFFFFF\r\n",
    b"hello",
    b":",
]


@given(st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=8), max_size=12), st.integers(1, 40))
def test_no_bytes_raise_anything_but_that_there_was_no_answer(fragments: list[bytes], size: int) -> None:
    raw = b"".join(fragments)
    pieces = [raw[begin : begin + size] for begin in range(0, len(raw), size)]
    with suppress(AnswerError):
        assert fields(read(*pieces))[0] >= 100
