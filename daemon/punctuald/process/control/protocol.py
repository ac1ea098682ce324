"""What client and daemon say on the control socket: one question and one answer a connection, each a line of JSON.

A question: ``{"protocol": 1, "verb": "scale", "workers": 4}``. An answer: ``{"protocol": 1, "version": "0.1.0",
"answer": {…}}``, or ``"error"`` with a sentence in place of it. The number is in the first thing that either side
reads, so that two versions of the program can say that they are two, whatever else has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from punctuald import __version__
from punctuald.errors import PunctualdError

PROTOCOL = 1
LONGEST_QUESTION_BYTES = 4096


class QuestionError(PunctualdError):
    """A line is no question; the text is what to answer."""


@dataclass(frozen=True, slots=True)
class Question:
    """A verb and what is said with it."""

    verb: str
    arguments: Mapping[str, Any]


def question_line(verb: str, arguments: Mapping[str, object]) -> bytes:
    """What a client writes. Text that can't be UTF-8, as a name on a command line may be, is written as escapes."""
    said = {name: _writable(value) for name, value in arguments.items()}
    return orjson.dumps({"protocol": PROTOCOL, "verb": verb, **said}) + b"\n"


def _writable(value: object) -> object:
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def read_question(line: bytes) -> Question:
    """What a client wrote. Raises `QuestionError` for whatever else it is."""
    try:
        asked = orjson.loads(line)
    except orjson.JSONDecodeError:
        asked = None
    if not isinstance(asked, dict):
        raise QuestionError(f'a question is a line of JSON: {{"protocol": {PROTOCOL}, "verb": "status"}}')
    protocol, verb = asked.pop("protocol", None), asked.pop("verb", None)
    if type(protocol) is not int or protocol != PROTOCOL:  # a bool is an int to Python, and true is 1
        other = f", not {protocol}" if type(protocol) is int else ""
        raise QuestionError(
            f"this daemon, punctuald {__version__}, speaks protocol {PROTOCOL}{other}: "
            "ask it with the punctuald that it runs"
        )
    if not isinstance(verb, str):
        raise QuestionError("verb: must be text")
    return Question(verb, asked)


def answer_line(answer: Mapping[str, object]) -> bytes:
    """What the daemon writes to what it can answer."""
    return orjson.dumps({"protocol": PROTOCOL, "version": __version__, "answer": answer}) + b"\n"


def error_line(text: str) -> bytes:
    """What it writes to what it can't."""
    return orjson.dumps({"protocol": PROTOCOL, "version": __version__, "error": text}) + b"\n"
