"""What a module opens at its import, and is named for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from captured_logs import capture_logs
from punctuald.process.zygote.at_import import watched_import


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def test_connections_and_threads_are_named_with_their_module(server: socket.socket) -> None:
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name="ticker")
    with capture_logs() as logs, watched_import("shop"):
        lines = [socket.create_connection(server.getsockname()) for _ in range(2)]
        thread.start()
    end.set()
    thread.join()
    for line in lines:
        line.close()
    [said] = logs
    assert (said["event"], said["log_level"]) == ("preload.unsafe", "warning")
    assert (said["module"], said["connections"], said["threads"], said["names"]) == ("shop", 2, 1, ["ticker"])
    assert said["text"] == (
        "shop opened 2 connections at import: each worker would share it, "
        "and started 1 thread at import: no worker would have it"
    )


def test_what_was_there_before_or_is_closed_again_is_nothing_to_say(server: socket.socket) -> None:
    with socket.create_connection(server.getsockname()), capture_logs() as logs, watched_import("shop"):
        socket.create_connection(server.getsockname()).close()
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
    assert logs == []
