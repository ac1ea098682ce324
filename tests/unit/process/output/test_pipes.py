"""What is written to descriptors, past Python's objects."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from punctuald.process.output.pipes import PIPE_BYTES, OutputPipes


class Read:
    """A descriptor that leads into a pipe, and what came out of it."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.looks = 0
        self.looked = threading.Event()
        self.descriptor = os.open(os.devnull, os.O_WRONLY)
        self.pipes = OutputPipes(lambda _, data: self.data.extend(data), self._look, 0.01)
        self.pipes.take("stdout", self.descriptor)

    def _look(self) -> None:
        self.looks += 1
        if self.looks > 1:
            self.looked.set()


@pytest.fixture
def read() -> Iterator[Read]:
    made = Read()
    yield made
    os.close(made.descriptor)
    for thread in threading.enumerate():
        if thread.name == "handler-output":  # ends where nobody can write any more
            thread.join()


def test_programs_and_c_code_are_read_to_the_last_byte(read: Read) -> None:
    read.pipes.start()
    os.write(read.descriptor, b"from C, ")
    subprocess.run(["echo", "from a program"], stdout=read.descriptor, check=True)
    read.pipes.finish()
    assert bytes(read.data) == b"from C, from a program\n"


def test_nobody_waits_for_a_reader_that_has_not_begun(read: Read) -> None:
    os.set_blocking(read.descriptor, False)  # where it is full, this test fails rather than hangs
    assert os.write(read.descriptor, b"x" * PIPE_BYTES) == PIPE_BYTES
    read.pipes.start()
    read.pipes.finish()
    assert len(read.data) == PIPE_BYTES


def test_more_than_fits_is_read_while_it_is_written(read: Read) -> None:
    read.pipes.start()
    program = ["head", "-c", str(5 * PIPE_BYTES), "/dev/zero"]
    subprocess.run(program, stdout=read.descriptor, check=True, timeout=60)
    read.pipes.finish()
    assert len(read.data) == 5 * PIPE_BYTES


def test_a_program_inherits_no_end_that_is_read() -> None:
    before = descriptors()
    read = Read()
    made = descriptors() - before
    assert [number for number in made if os.get_inheritable(number)] == [read.descriptor]
    os.close(read.descriptor)


def descriptors() -> set[int]:
    """Those that are open, without the one that the look itself takes."""
    return {int(path.name) for path in Path("/proc/self/fd").iterdir() if path.exists()}


def test_it_looks_at_what_was_lost_again_and_again(read: Read) -> None:
    read.pipes.start()
    assert read.looked.wait(30)


def test_a_descriptor_that_leads_elsewhere_is_read_no_more(read: Read) -> None:
    read.pipes.start()
    os.write(read.descriptor, b"before")
    lead_elsewhere(read.descriptor)
    read.pipes.finish()
    read.pipes.finish()
    assert bytes(read.data) == b"before"


def test_the_end_of_one_is_not_the_end_of_the_other(read: Read) -> None:
    other = os.open(os.devnull, os.O_WRONLY)
    read.pipes.take("stderr", other)
    read.pipes.start()
    os.write(other, b"before, ")
    lead_elsewhere(other)
    for _ in range(20):
        read.pipes.finish()
        os.write(read.descriptor, b"x")
    read.pipes.finish()
    assert bytes(read.data) == b"before, " + b"x" * 20
    os.close(other)


def lead_elsewhere(descriptor: int) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, descriptor)
    os.close(null)
