"""Stacks at a signal: into a file of the process's own, which nothing that it executes has."""

from __future__ import annotations

import subprocess
import sys

PREAMBLE = """
import os, signal
from pathlib import Path
from punctuald.process import fault_stacks
files = lambda: [each for each in Path("/proc/self/fd").iterdir() if each.is_symlink()
                 and os.readlink(each).startswith(f"/memfd:{fault_stacks.STACKS_NAME}")]
"""


SHOWS = "fault_stacks.show_when_signalled()\n"


def ran(source: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE + source], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    return done.stdout


def test_a_fork_has_a_file_of_its_own_and_lets_go_of_its_parents() -> None:
    said = ran(
        f"{SHOWS}one = os.stat(files()[0]).st_ino\n"
        "if os.fork() == 0:\n"
        "    fault_stacks.show_when_signalled()\n"
        "    print(len(files()), os.stat(files()[0]).st_ino != one, flush=True)\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "print(len(files()))"
    )
    assert said == "1 True\n1\n"


def test_what_is_emptied_by_its_reader_is_written_from_its_beginning_again() -> None:
    said = ran(
        f"{SHOWS}signal.raise_signal(signal.SIGUSR2)\n"
        "first = files()[0].read_bytes()\n"
        "os.truncate(files()[0], 0)\n"
        "signal.raise_signal(signal.SIGUSR2)\n"
        "second = files()[0].read_bytes()\n"
        "print(b'<module>' in first, second.startswith(first[:20]))"
    )
    assert said == "True True\n"


def test_a_program_that_is_executed_has_no_such_file() -> None:
    said = ran(
        f"{SHOWS}import subprocess, sys\n"
        'list_files = \'import os; print([os.readlink(f"/proc/self/fd/{n}") for n in range(3, 20)'
        ' if os.path.islink(f"/proc/self/fd/{n}")])\'\n'
        "subprocess.run([sys.executable, '-c', list_files], close_fds=False)"
    )
    assert "memfd" not in said


def test_where_there_is_no_room_for_a_file_the_signal_ends_nobody() -> None:
    said = ran(
        "import errno\n"
        "def refused(*_):\n"
        "    raise OSError(errno.EMFILE, 'no room')\n"
        "os.memfd_create = refused\n"
        f"{SHOWS}signal.raise_signal(signal.SIGUSR2)\n"
        "print('lives')"
    )
    assert said == "lives\n"
