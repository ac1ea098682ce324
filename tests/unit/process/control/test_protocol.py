"""Two versions of the program say that they are two, whichever asks."""

from __future__ import annotations

import pytest

from punctuald import __version__
from punctuald.process.control.protocol import Question, QuestionError, question_line, read_question


def test_a_question_is_read_as_it_was_written() -> None:
    line = question_line("pause", {"queue": "orders"})
    assert read_question(line) == Question("pause", {"queue": "orders"})


def test_a_queues_name_that_is_no_utf_8_can_be_asked_for() -> None:
    assert read_question(question_line("pause", {"queue": "\udcff"})).arguments == {"queue": "\\udcff"}


def test_a_client_that_speaks_a_later_protocol_hears_which_one_the_daemon_speaks() -> None:
    with pytest.raises(QuestionError, match=f"punctuald {__version__}, speaks protocol 1, not 2: ask it with the"):
        read_question(b'{"protocol": 2, "verb": "status"}')


@pytest.mark.parametrize("protocol", ["null", "true", '"1"', "1.0", "[" * 900 + "]" * 900, "{}"])
def test_a_protocol_that_is_no_number_is_refused(protocol: str) -> None:
    with pytest.raises(QuestionError, match="speaks protocol 1: ask it with"):
        read_question(f'{{"protocol": {protocol}, "verb": "status"}}'.encode())


@pytest.mark.parametrize(
    "line", [b"ready", b"", b"\xff\x00", b"[]", b"17", b'"status"', b'{"protocol": 1', b"[" * 4000]
)
def test_what_is_no_question_is_answered_with_one(line: bytes) -> None:
    with pytest.raises(QuestionError, match=r'\{"protocol": 1, "verb": "status"\}'):
        read_question(line)


@pytest.mark.parametrize("verb", ["", ', "verb": null', ', "verb": 7', ', "verb": ["status"]'])
def test_a_question_without_a_verb_is_refused(verb: str) -> None:
    with pytest.raises(QuestionError, match="verb: must be text"):
        read_question(f'{{"protocol": 1{verb}}}'.encode())
