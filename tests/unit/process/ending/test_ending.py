"""What runs at a child's end, in which order, and that nothing of it keeps the child alive."""

from __future__ import annotations

import atexit
import bz2
import errno
import gc
import gzip
import io
import lzma
import os
import threading
import time
import weakref
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from captured_logs import capture_logs
from punctuald.process.ending import open_files
from punctuald.process.ending.ending import Ending
from punctuald.process.ending.open_files import flush_open_files, remember_open_files
from punctuald.process.ending.steps import Step
from punctuald.process.supervisor.children import fork_child

STATUS = 3


@pytest.fixture(autouse=True)
def _own_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a child of the daemon, which need not look through what was loaded before it was forked."""
    monkeypatch.setattr(open_files, "_remembered", [])
    gc.freeze()
    yield
    gc.unfreeze()


def in_a_child(body: Callable[[], int]) -> int:
    """The exit status of a child of ours that runs ``body``."""
    child = fork_child("under test", lambda _: body(), ())
    _, status = os.waitpid(child.pid, 0)
    child.channel.close()
    return os.waitstatus_to_exitcode(status)


def test_what_the_parent_registered_runs_in_the_parent_only(tmp_path: Path) -> None:
    path = tmp_path / "ran"
    function = atexit.register(path.touch)
    finalizer = weakref.finalize(in_a_child, path.touch)
    try:
        assert in_a_child(lambda: STATUS) == STATUS
        assert not path.exists()
    finally:
        atexit.unregister(function)
        finalizer.detach()


def test_what_the_child_registered_runs_at_its_end_the_last_one_first(tmp_path: Path) -> None:
    path = tmp_path / "ran"

    def append(word: str) -> None:
        with path.open("a") as file:
            file.write(f"{word} ")

    def body() -> int:
        for word in ("first", "second"):
            atexit.register(partial(append, word))
        weakref.finalize(body, append, "finalizer")
        return STATUS

    assert in_a_child(body) == STATUS
    assert path.read_text().split() == ["finalizer", "second", "first"]


def test_a_childs_executors_and_threads_finish_what_they_have(tmp_path: Path) -> None:
    def late(name: str) -> None:
        time.sleep(0.05)
        (tmp_path / name).touch()

    def body() -> int:
        ThreadPoolExecutor(1).submit(late, "submitted")
        threading.Thread(target=late, args=("thread",)).start()
        return STATUS

    assert in_a_child(body) == STATUS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["submitted", "thread"]


def test_a_childs_multiprocessing_pool_is_ended_with_it(tmp_path: Path) -> None:
    def body() -> int:
        import multiprocessing  # noqa: PLC0415 - as a handler would, after the fork

        pool = multiprocessing.get_context("fork").Pool(1)
        (tmp_path / "pid").write_text(str(pool.apply(os.getpid)))
        gc.freeze()
        return STATUS

    assert in_a_child(body) == STATUS
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text()}").exists()


def test_a_crash_writes_the_files_as_well(tmp_path: Path) -> None:
    def body() -> int:
        kept.append((tmp_path / "out").open("w"))
        kept[0].write("line")
        raise ValueError("boom")

    kept: list[io.TextIOWrapper] = []
    assert in_a_child(body) == 70
    assert (tmp_path / "out").read_text() == "line"


OPENED: dict[str, Callable[[Path], tuple[io.IOBase, Callable[[], bytes]]]] = {
    "text": lambda path: (path.open("w"), path.read_bytes),
    "bytes": lambda path: (path.open("wb"), path.read_bytes),
    "both ways": lambda path: (path.open("w+b"), path.read_bytes),
    "gzip": lambda path: (gzip.GzipFile(path, "wb"), lambda: gzip.decompress(path.read_bytes())),
    "gzip as text": lambda path: (
        io.TextIOWrapper(gzip.GzipFile(path, "wb")),
        lambda: gzip.decompress(path.read_bytes()),
    ),
    "bz2": lambda path: (bz2.BZ2File(path, "wb"), lambda: bz2.decompress(path.read_bytes())),
    "lzma as text": lambda path: (
        io.TextIOWrapper(lzma.LZMAFile(path, "wb")),  # noqa: SIM115 - it is to stay open
        lambda: lzma.decompress(path.read_bytes()),
    ),
}


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("kind", OPENED)
def test_what_an_open_file_holds_is_written(tmp_path: Path, kind: str, *, frozen: bool) -> None:
    file, read = OPENED[kind](tmp_path / "out")
    if frozen:
        remember_open_files()
        gc.freeze()
    try:
        file.write("line" if isinstance(file, io.TextIOWrapper) else b"line")
        assert flush_open_files() == []
        assert read() == b"line"
    finally:
        gc.unfreeze()
        file.close()


def test_an_archive_is_closed_and_one_that_is_only_read_is_not(tmp_path: Path) -> None:
    written = zipfile.ZipFile(tmp_path / "out.zip", "w")
    written.writestr("name", "line")
    flush_open_files()
    with zipfile.ZipFile(tmp_path / "out.zip") as read:
        flush_open_files()
        assert read.read("name") == b"line"


class Disk(io.RawIOBase):
    """One that is full until it is not."""

    is_full = True

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        if self.is_full:
            raise OSError(errno.ENOSPC, "full")
        return len(data)


def test_a_file_that_can_not_be_written_is_said_once_and_costs_the_others_nothing(tmp_path: Path) -> None:
    disk = Disk()
    lost, good = io.TextIOWrapper(io.BufferedWriter(disk)), (tmp_path / "out").open("w")
    lost.write("lost")
    good.write("line")
    assert [str(error) for error in flush_open_files()] == ["[Errno 28] full"]
    assert (tmp_path / "out").read_text() == "line"
    disk.is_full = False
    lost.close()
    good.close()


class Left:
    """Stands for `os._exit`."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.has_left = threading.Event()

    def __call__(self, status: int) -> None:
        self.status = status
        self.has_left.set()


@pytest.fixture
def blocked() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_step_that_does_not_end_is_named_by_its_line_and_the_files_are_written(
    tmp_path: Path, blocked: threading.Event
) -> None:
    def wait() -> None:
        blocked.wait()

    left, out = Left(), (tmp_path / "out").open("w")
    out.write("line")
    ending = Ending(STATUS, left, seconds=1.2)
    with capture_logs() as logs:
        thread = threading.Thread(target=ending.run, args=([Step("atexit", wait)],), daemon=True)
        thread.start()
        assert left.has_left.wait(10)
    [line] = [each for each in logs if each["event"] == "process.end_unfinished"]
    assert (line["step"], left.status, (tmp_path / "out").read_text()) == ("atexit", STATUS, "line")
    assert "threading.py" in line["line"]
    blocked.set()
    thread.join(10)
    out.close()


def test_what_a_step_raises_is_said_and_the_next_one_runs() -> None:
    def fail() -> None:
        raise SystemExit(9)

    ran: list[str] = []
    left = Left()
    with capture_logs() as logs:
        Ending(STATUS, left).run([Step("atexit", fail), Step("logging", lambda: ran.append("logging"))])
    assert (ran, left.status) == (["logging"], None)
    [line] = [each for each in logs if each["event"] == "process.end_failed"]
    assert (line["step"], line["error"]) == ("atexit", "SystemExit: 9")


def test_what_an_exit_function_raises_is_an_event(tmp_path: Path) -> None:
    def body() -> int:
        def fail() -> None:
            raise ValueError("late")

        atexit.register(fail)
        with capture_logs() as logs:
            Ending(STATUS, Left()).run()
        (tmp_path / "said").write_text(str([(line["step"], line["error"]) for line in logs if "step" in line]))
        return STATUS

    assert in_a_child(body) == STATUS
    assert (tmp_path / "said").read_text() == str([("atexit", "ValueError: late")])
