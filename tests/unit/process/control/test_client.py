"""What a client makes of whatever answers, or doesn't."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from punctuald import __version__
from punctuald.process.control.client import NoAnswerError, RefusedError, ask
from punctuald.process.control.protocol import answer_line, error_line

SECONDS = 10.0


@contextmanager
def answering(path: Path, *pieces: bytes) -> Iterator[list[bytes]]:
    """One client is answered with that; what it asked is in what this gives."""
    asked: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def serve() -> None:
            connected, _ = listening.accept()
            with connected:
                asked.append(connected.recv(4096))
                for piece in pieces:
                    connected.sendall(piece)

        thread = threading.Thread(target=serve)
        thread.start()
        yield asked
        thread.join()


def test_the_answer_is_what_the_daemon_gave(tmp_path: Path) -> None:
    with answering(tmp_path / "s", answer_line({"text": "done"})) as asked:
        assert ask(tmp_path / "s", "scale", SECONDS, workers=4) == {"text": "done"}
    assert asked == [b'{"protocol":1,"verb":"scale","workers":4}\n']


def test_an_answer_may_come_in_pieces_and_be_large(tmp_path: Path) -> None:
    line = answer_line({"text": "x" * 3_000_000})
    with answering(tmp_path / "s", line[:5], line[5:]):
        assert len(str(ask(tmp_path / "s", "status", SECONDS)["text"])) == 3_000_000


def test_a_refusal_is_the_daemons_own_sentence(tmp_path: Path) -> None:
    with answering(tmp_path / "s", error_line("the daemon is stopping")), pytest.raises(RefusedError) as refused:
        ask(tmp_path / "s", "reload", SECONDS)
    assert str(refused.value) == "the daemon is stopping"


def test_a_refusal_that_comes_before_all_of_the_question_is_sent_is_read(tmp_path: Path) -> None:
    with answering(tmp_path / "s", error_line("too long")), pytest.raises(RefusedError, match="too long"):
        ask(tmp_path / "s", "pause", SECONDS, queue="x" * 3_000_000)


@pytest.mark.parametrize(
    ("line", "other"),
    [
        (b'{"protocol": 2, "version": "7.0", "answer": {}}\n', "7.0"),
        (b'{"protocol": 2, "version": "7.0", "error": "I speak 2"}\n', "7.0"),
        (b'{"error": "only ready can be asked"}\n', "of an earlier version"),
        (b'{"ready": true, "workers_ready": 1}\n', "of an earlier version"),
    ],
)
def test_a_daemon_of_another_version_is_named(tmp_path: Path, line: bytes, other: str) -> None:
    with answering(tmp_path / "s", line), pytest.raises(RefusedError) as refused:
        ask(tmp_path / "s", "status", SECONDS)
    assert (
        str(refused.value) == f"the daemon is punctuald {other}, and this is {__version__}: ask it with its own program"
    )


@pytest.mark.parametrize("line", [b"", b"HTTP/1.1 400\r\n\r\n", b"[1]\n", b'{"protocol": 1, "ver'])
def test_what_answers_otherwise_is_no_punctuald_or_has_just_ended(tmp_path: Path, line: bytes) -> None:
    with answering(tmp_path / "s", line), pytest.raises(NoAnswerError, match="no punctuald, or has just ended"):
        ask(tmp_path / "s", "status", SECONDS)


def test_where_nobody_listens_the_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoAnswerError, match=f"^{tmp_path}/s: No such file or directory$"):
        ask(tmp_path / "s", "status", SECONDS)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "s"))
    with pytest.raises(NoAnswerError, match="Connection refused"):
        ask(tmp_path / "s", "status", SECONDS)


def test_a_daemon_that_says_nothing_is_waited_for_no_longer_than_asked(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        with pytest.raises(NoAnswerError, match=r"no answer within 0\.05 s"):
            ask(tmp_path / "s", "status", 0.05)


def test_a_line_of_clients_that_is_full_is_waited_for(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as before:
        listening.bind(str(tmp_path / "s"))
        listening.listen(0)
        before.connect(str(tmp_path / "s"))
        with pytest.raises(NoAnswerError, match=r"no answer within 0\.1 s"):
            ask(tmp_path / "s", "status", 0.1)


@pytest.mark.skipif(os.getuid() == 0, reason="root may connect to every socket")
def test_another_users_socket_is_known_for_what_it_is(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        (tmp_path / "s").chmod(0)
        with pytest.raises(NoAnswerError) as refused:
            ask(tmp_path / "s", "status", SECONDS)
        assert refused.value.denied
