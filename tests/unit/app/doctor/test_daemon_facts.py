from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from doubles.process.status_of_a_daemon import status_of
from punctuald.app.doctor import daemon_facts
from punctuald.config import QueueSettings, Settings
from punctuald.process.control.client import NoAnswerError, RefusedError

HERE, THERE = Path("/run/punctuald/here.sock"), Path("/tmp/there.sock")  # noqa: S108 - nobody opens it
ORDERS = QueueSettings(name="orders", handler="shop:handle")
SETTINGS = Settings(queues=(ORDERS,))


def facts(monkeypatch: pytest.MonkeyPatch, **answers: Any) -> daemon_facts.DaemonFacts:
    """Of daemons whose sockets are called ``here`` and ``there``."""

    def answer(path: Path, *_: object) -> Any:
        said = answers[path.stem]
        if isinstance(said, Exception):
            raise said
        return said

    monkeypatch.setattr(daemon_facts, "ask", answer)
    return daemon_facts.daemon_facts([HERE, THERE], None)


def test_the_first_daemon_that_answers_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    status = status_of("orders", "peak_hours", pid=os.getpid(), p99_seconds=0.25)
    found = facts(monkeypatch, here=NoAnswerError("no such file"), there=status)
    assert found.p99_seconds(ORDERS, SETTINGS) == 0.25
    assert found.p99_seconds(ORDERS.model_copy(update={"tier": "batch_mode"}), SETTINGS) is None


@pytest.mark.parametrize(
    ("here", "silence"),
    [
        (NoAnswerError("no such file"), "no daemon answers"),
        (NoAnswerError("here.sock: Permission denied", denied=True), "here.sock: Permission denied"),
        (NoAnswerError("here.sock: no answer within 2 s"), "here.sock: no answer within 2 s"),
        (RefusedError("the daemon is punctuald 9"), "the daemon is punctuald 9"),
    ],
)
def test_why_nothing_is_known_of_the_daemon_is_said(
    monkeypatch: pytest.MonkeyPatch, here: Exception, silence: str
) -> None:
    found = facts(monkeypatch, here=here, there=NoAnswerError("no such file"))
    assert (found.state, found.silence) == (None, silence)
    assert found.unknown_because == f"{silence}, and no log was named"
