"""Control groups of a machine's own, one in each hierarchy that it needs: what its units use is counted below them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

HIERARCHIES = Path("/sys/fs/cgroup")
EMPTY_SECONDS = 5.0
LOOK_SECONDS = 0.05


@contextmanager
def made_groups(name: str) -> Iterator[Sequence[Path]]:
    """A group of that name in each hierarchy; at the end they are removed, with the groups below them."""
    groups = [procs.parent / name for procs in HIERARCHIES.glob("*/cgroup.procs") if not procs.parent.is_symlink()]
    try:
        for group in groups:
            _make(group)
        yield groups
    finally:
        for group in groups:
            _remove(group)


def joining(groups: Sequence[Path]) -> list[str]:
    """The beginning of a command line: what follows is run as a member of the groups."""
    joins = "".join(f"echo $$ > {group}/cgroup.procs && " for group in groups)
    return ["sh", "-c", f'{joins}exec "$@"', "sh"]


def _make(group: Path) -> None:
    group.mkdir()
    for inherited in ("cpuset.cpus", "cpuset.mems"):  # empty in a new group, which takes no process then
        if (group / inherited).exists():
            (group / inherited).write_text((group.parent / inherited).read_text())


def _remove(group: Path) -> None:
    """The kernel lets a group go only some moments after its last process."""
    for _ in range(round(EMPTY_SECONDS / LOOK_SECONDS)):
        try:
            for each in sorted(group.rglob("*/"), reverse=True):
                each.rmdir()
            group.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(LOOK_SECONDS)
        else:
            return
    raise AssertionError(f"{group} is still in use")
