"""A port that can't be had costs the pages, and one line."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from captured_logs import capture_logs
from punctuald.process.http.listening import listen_at


@contextmanager
def heard_at(host: str, port: int = 0) -> Iterator[socket.socket]:
    made = listen_at(host, port)
    assert made is not None
    with made:
        yield made


def test_two_daemons_on_one_port_are_one_server_and_one_line() -> None:
    with heard_at("127.0.0.1") as first, capture_logs() as log:
        port = first.getsockname()[1]
        assert listen_at("127.0.0.1", port) is None
    assert [(line["event"], line["log_level"], line["port"]) for line in log] == [
        ("http.not_listening", "warning", port)
    ]


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])  # of no machine (RFC 5737, RFC 3849)
def test_an_address_of_another_machine_is_a_line_too(host: str) -> None:
    with capture_logs() as log:
        assert listen_at(host, 0) is None
    assert [line["event"] for line in log] == ["http.not_listening"]


def test_no_descriptor_left_is_a_line_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> socket.socket:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(socket, "socket", refuse)
    with capture_logs() as log:
        assert listen_at("127.0.0.1", 0) is None
    assert [line["error"] for line in log] == ["Too many open files"]


@pytest.mark.parametrize(
    ("host", "event"),
    [("127.0.0.1", "http.listening"), ("127.1.2.3", "http.listening"), ("0.0.0.0", "http.open_to_others")],  # noqa: S104
)
def test_an_address_that_others_reach_is_allowed_and_said(host: str, event: str) -> None:
    with capture_logs() as log, heard_at(host) as made:
        port = made.getsockname()[1]
    assert [(line["event"], line["host"], line["port"]) for line in log] == [(event, host, port)]


def test_the_port_of_an_observer_that_died_just_now_can_be_had() -> None:
    with heard_at("127.0.0.1") as first:
        port = first.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        served, _ = first.accept()
    served.close()  # first, so that the connection stays in TIME_WAIT on this side
    client.close()
    with heard_at("127.0.0.1", port) as second:
        assert second.getsockname()[1] == port
