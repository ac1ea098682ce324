from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from punctuald.demo.ledger import Ledger, Tally, record
from punctuald.demo.line_follower import LineFollower

WRITERS = 4
LINES = 500
WRITE_LINES = """
import os, sys
from pathlib import Path
from punctuald.demo.ledger import record

path, writer, lines = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for number in range(lines):
    record(path, f"{writer}-{number}", pid=os.getpid(), finished_mono=float(number))
"""


def test_lost_and_duplicate_events_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "ledger.txt"
    for event_id in ("a", "b", "b", "b", "stranger"):
        record(path, event_id, pid=1, finished_mono=1.0)
    ledger = Ledger(path)
    ledger.refresh()
    assert ledger.tally(["a", "b", "c"]) == Tally(sent=3, processed=2, duplicates=2, lost=1, unknown=1)


def test_a_ledger_that_nobody_wrote_yet_means_that_all_is_lost_so_far(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.txt")
    ledger.refresh()
    assert ledger.tally(["a"]) == Tally(sent=1, processed=0, duplicates=0, lost=1, unknown=0)


def test_the_lines_of_many_writers_never_mix(tmp_path: Path) -> None:
    path = tmp_path / "ledger.txt"
    # Not multiprocessing: its resource tracker would live as long as the tests do.
    command = [sys.executable, "-c", WRITE_LINES, str(path)]
    writers = [subprocess.Popen([*command, str(writer), str(LINES)]) for writer in range(WRITERS)]
    assert [writer.wait() for writer in writers] == [0] * WRITERS
    ledger = Ledger(path)
    ledger.refresh()
    sent = [f"{writer}-{number}" for writer in range(WRITERS) for number in range(LINES)]
    assert ledger.tally(sent) == Tally(sent=len(sent), processed=len(sent), duplicates=0, lost=0, unknown=0)


def test_a_line_is_handed_out_once_and_only_when_it_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "log"
    follower = LineFollower(path)
    path.write_bytes(b"one\n\ntw")
    assert follower.new_lines() == [b"one"]
    assert follower.new_lines() == []
    with path.open("ab") as file:
        file.write(b"o\nthree\n")
    assert follower.new_lines() == [b"two", b"three"]
