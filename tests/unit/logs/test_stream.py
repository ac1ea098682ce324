"""No fault of a log stream stops anybody, and what was lost by it is told."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from captured_logs import own_logs
from punctuald import logs
from punctuald.logs.sink import Sink
from punctuald.logs.stream import LINE_BYTES, Stream, open_stream

LINE = b'{"event": "room.happened"}\n'


class Descriptor:
    """Takes what is written, but for what it is told to fail with."""

    def __init__(self, *faults: OSError | int) -> None:
        self.faults = list(faults)
        self.taken = b""

    def write(self, line: bytes) -> int:
        fault = self.faults.pop(0) if self.faults else len(line)
        if isinstance(fault, OSError):
            raise fault
        self.taken += line[:fault]
        return fault


def close(stream: Stream, *descriptors: int) -> None:
    stream.close()
    for descriptor in descriptors:
        os.close(descriptor)


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_whatever_the_errno_the_line_is_counted_and_the_next_one_goes_through(number: int) -> None:
    descriptor = Descriptor(OSError(number, "simulated"))
    stream = Stream(descriptor.write)
    assert [stream.put(LINE), stream.put(LINE)] == [False, True]
    assert descriptor.taken == LINE
    assert stream.take_dropped() == (1, errno.errorcode[number])
    assert stream.take_dropped()[0] == 0


def test_a_line_that_a_full_disk_tore_does_not_tear_the_next_one() -> None:
    descriptor = Descriptor(9, OSError(errno.ENOSPC, "simulated"))
    stream = Stream(descriptor.write)
    assert [stream.put(LINE) for _ in range(3)] == [False, False, True]
    torn, whole = descriptor.taken.splitlines(keepends=True)
    assert (torn, whole) == (LINE[:9] + b"\n", LINE)


def test_a_reader_that_stands_still_makes_nobody_wait() -> None:
    reader, writer = os.pipe()
    stream = open_stream(writer)
    lines = 0
    while stream.put(LINE):
        lines += 1
    os.read(reader, len(LINE) * lines)
    assert stream.put(LINE)
    assert stream.take_dropped() == (1, "EAGAIN")
    assert os.get_blocking(writer)  # whoever shares our stdout finds it as it was
    close(stream, reader, writer)


def test_a_journal_that_stands_still_makes_nobody_wait() -> None:
    ours, journal = socket.socketpair()
    with ours, journal:
        stream = open_stream(ours.fileno())
        while stream.put(LINE):
            pass
        assert stream.take_dropped() == (1, "EAGAIN")
        journal.close()
        assert not stream.put(LINE)
        assert stream.take_dropped()[1] in {"EPIPE", "ECONNRESET"}
        stream.close()


def test_what_can_not_be_opened_again_is_never_waited_for_either(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "simulated")

    reader, writer = os.pipe()
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        stream = open_stream(writer)
    while stream.put(LINE):
        pass
    assert stream.take_dropped() == (1, "EAGAIN")
    close(stream, reader, writer)


def test_a_full_disk_is_counted() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    stream = open_stream(full)
    assert not stream.put(LINE)
    assert stream.take_dropped() == (1, "ENOSPC")
    close(stream, full)


def test_a_file_that_is_truncated_under_us_goes_on_at_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "daemon.log"
    with path.open("wb") as file:  # as by a shell's `>`: not to append
        stream = open_stream(file.fileno())
        stream.put(LINE)
        os.truncate(path, 0)  # logrotate's copytruncate
        stream.put(LINE)
        stream.close()
    assert path.read_bytes() == LINE


@pytest.fixture
def stdout(capfd: pytest.CaptureFixture[str]) -> Iterator[Descriptor]:
    """Takes the log in place of this process's stdout."""
    descriptor = Descriptor()
    capfd.readouterr()
    with own_logs():
        logs._sinks.append(Sink(Stream(descriptor.write), logs.process_output.processors))
        logs.configure(level="info", line_format="json")
        yield descriptor


def test_what_was_dropped_is_told_when_the_stream_takes_lines_again(stdout: Descriptor) -> None:
    stdout.faults = [OSError(errno.ENOSPC, "simulated")] * 4
    for number in range(4):
        logs.logger().info("room.happened", number=number)
    assert not stdout.taken
    logs.logger().info("room.happened", number=4)
    told, last = map(orjson.loads, stdout.taken.splitlines())
    assert (told["event"], told["level"], told["error"]) == ("log.lines_dropped", "warning", "ENOSPC")
    assert (told["lines"], last["number"]) == (4, 4)


@pytest.mark.parametrize(
    "value",
    ["x" * 9000, "\n" * 9000, "\ud800" * 9000, list(range(5000)), {str(i): "y" * 20 for i in range(900)}, b"z" * 9000],
)
def test_no_line_is_longer_than_a_pipe_takes_at_once(value: object, stdout: Descriptor) -> None:
    logs.logger().info("room.happened", count=3, value=value, after="still here")
    line = orjson.loads(stdout.taken)
    assert 3000 < len(stdout.taken) <= LINE_BYTES
    assert (line["count"], line["after"], line["truncated"]) == (3, "still here", ["value"])


def test_a_line_with_much_of_everything_is_cut_where_it_is_longest(stdout: Descriptor) -> None:
    logs.logger().info("room.happened", **{f"field{number}": "x" * 500 for number in range(100)})
    assert len(stdout.taken) <= LINE_BYTES
    assert orjson.loads(stdout.taken)["event"] == "room.happened"
