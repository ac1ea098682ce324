"""Whatever a shell made of the standard descriptors, the daemon's own files and sockets are never among them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPAIRED_AND_OPENED = """
import os, sys
from punctuald.process.standard_streams import repair_standard_streams
repair_standard_streams()
print("out", file=sys.stdout, flush=True)
print("err", file=sys.stderr, flush=True)
with open(os.environ["TOLD"], "w") as told:
    links = [os.readlink(f"/proc/self/fd/{descriptor}") for descriptor in (0, 1, 2)]
    print(told.fileno() > 2, sys.stdin.read() == "", links, file=told)
"""


@pytest.mark.parametrize("closed", ["0<&-", ">&-", "2>&-", ">&- 2>&-", "0<&- >&- 2>&-"])
def test_a_closed_descriptor_leads_nowhere_and_is_given_to_nothing_else(closed: str, tmp_path: Path) -> None:
    told = tmp_path / "told"
    subprocess.run(
        ["sh", "-c", f'"$0" -c "$1" {closed}', sys.executable, REPAIRED_AND_OPENED],
        env={"TOLD": str(told)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    above, nothing_to_read, links = told.read_text().split(" ", 2)
    assert (above, nothing_to_read) == ("True", "True")
    assert links.count("/dev/null") == closed.count("&-") + ("0<" not in closed)


def test_a_log_that_is_truncated_goes_on_at_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "daemon.log"
    program = REPAIRED_AND_OPENED.replace(
        'print("err"', f'os.truncate({str(log)!r}, 0); print("after", flush=True); print("err"'
    )
    subprocess.run(
        ["sh", "-c", '"$0" -c "$1" > "$2"', sys.executable, program, str(log)],
        env={"TOLD": str(tmp_path / "told")},
        stdin=subprocess.DEVNULL,
        check=True,
    )
    assert log.read_text() == "after\n"
