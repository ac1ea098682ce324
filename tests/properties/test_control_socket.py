"""No bytes that a client can write, in whatever pieces, raise, hang or cost another client its answer."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from doubles.process.control_bench import READY, ControlBench, answer
from punctuald.process.control.connection import ANSWER_SECONDS
from punctuald.process.control.protocol import (
    LONGEST_QUESTION_BYTES,
    Question,
    QuestionError,
    question_line,
    read_question,
)

FIXED = settings(derandomize=True, max_examples=200)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=5,
)
VERBS = st.sampled_from(["ready", "echo", "later", "defect", "large", "stop", ""])
NEARLY_QUESTIONS = st.fixed_dictionaries(
    {"protocol": st.sampled_from([1, 1, 2, 0]) | VALUES, "verb": VERBS | VALUES},
    optional={"queue": VALUES, "workers": VALUES, "at_utc": VALUES},
).map(orjson.dumps)
DEEP = st.integers(1, 1500).map(lambda depth: b'{"protocol": ' + b"[" * depth + b"]" * depth + b', "verb": "echo"}')
SAID = (
    st.binary(max_size=120)
    | NEARLY_QUESTIONS.map(lambda line: line + b"\n")
    | DEEP.map(lambda line: line + b"\n")
    | st.just(b"x" * (LONGEST_QUESTION_BYTES + 7))
)


@FIXED
@given(st.binary(max_size=200) | NEARLY_QUESTIONS | DEEP)
def test_any_line_is_a_question_or_is_refused_in_a_sentence(line: bytes) -> None:
    read = question_or_refusal(line)
    if isinstance(read, Question):
        assert read_question(question_line(read.verb, read.arguments)) == read
    else:
        assert len(read.splitlines()) == 1


@settings(FIXED, max_examples=60)
@given(st.lists(st.tuples(SAID, st.lists(st.integers(1, 120), max_size=4), st.booleans()), max_size=6))
def test_whatever_clients_say_in_any_pieces_others_are_answered(clients: list[tuple[bytes, list[int], bool]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        bench = ControlBench(Path(directory) / "s")
        try:
            for said, cuts, goes_away in clients:
                client = bench.connect()
                for piece in pieces(said, cuts):
                    try:
                        client.sendall(piece)
                    except BrokenPipeError:  # refused and hung up on already
                        break
                    bench.serve()
                if goes_away:
                    client.close()
                assert bench.asked(READY)["answer"] == {"ready": True}
            bench.clock.advance(ANSWER_SECONDS)
            bench.serve()
            assert len(bench.server.awaited()) == 1  # an answer or a hang-up for each
        finally:
            bench.close()


@settings(FIXED, max_examples=60)
@given(NEARLY_QUESTIONS)
def test_each_line_gets_an_answer_or_an_error_and_nothing_else(line: bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        bench = ControlBench(Path(directory) / "s")
        try:
            client = bench.connect(line + b"\n")
            bench.serve()
            for reply in bench.later:
                reply.refuse("not now")
            client.settimeout(5)
            bench.serve()
            if not is_large(line):
                assert set(answer(client)) in ({"protocol", "version", "answer"}, {"protocol", "version", "error"})
        finally:
            bench.close()


def question_or_refusal(line: bytes) -> Question | str:
    """What `read_question` makes of it."""
    try:
        return read_question(line)
    except QuestionError as error:
        return str(error)


def is_large(line: bytes) -> bool:
    """Whether the answer does not fit into a socket's buffer, so that it takes several turns."""
    return bool(orjson.loads(line)["verb"] == "large")


def pieces(said: bytes, cuts: Sequence[int]) -> list[bytes]:
    """``said``, cut so long after one another."""
    found, begin = [], 0
    for length in cuts:
        found.append(said[begin : begin + length])
        begin += length
    return [piece for piece in (*found, said[begin:]) if piece]
