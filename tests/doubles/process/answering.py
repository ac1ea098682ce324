"""A daemon's end of the control socket, which answers what a test wants it to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from punctuald.process.control.protocol import answer_line, error_line


class Answering:
    """``asked`` are the questions that came, without the protocol's number."""

    def __init__(self, listening: socket.socket, answer: Mapping[str, Any] | str) -> None:
        self._listening = listening
        self._line = error_line(answer) if isinstance(answer, str) else answer_line(answer)
        self.asked: list[Mapping[str, Any]] = []

    def serve_one(self) -> None:
        """Then it is over."""
        connected, _ = self._listening.accept()
        with connected:
            question = orjson.loads(connected.recv(4096))
            del question["protocol"]
            self.asked.append(question)
            connected.sendall(self._line)


@contextmanager
def answering(path: Path, answer: Mapping[str, Any] | str) -> Iterator[Answering]:
    """One client is answered so; text is a refusal."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        listening.settimeout(20)
        made = Answering(listening, answer)
        thread = threading.Thread(target=made.serve_one)
        thread.start()
        try:
            yield made
        finally:
            thread.join()
