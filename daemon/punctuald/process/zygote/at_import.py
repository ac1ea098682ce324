"""What a module opened while it was imported that processes which are forked later must not share."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from punctuald.logs import logger

log = logger()

_SELF = Path("/proc/self")
_LOOKS, _LOOK_SECONDS = 20, 0.005


@contextmanager
def watched_import(module: str) -> Iterator[None]:
    """Warn of threads that were started within the block, and of connections that were opened and are open still."""
    threads, sockets, known = _threads(), _sockets(), set(threading.enumerate())
    yield
    new_threads, new_sockets = len(_started_since(threads)), len(_sockets() - sockets)
    if new_threads or new_sockets:
        log.warning(
            "preload.unsafe",
            module=module,
            connections=new_sockets,
            threads=new_threads,
            names=sorted(each.name for each in threading.enumerate() if each not in known),
            text=_text(module, new_sockets, new_threads),
        )


def _text(module: str, sockets: int, threads: int) -> str:
    said: list[str] = []
    if sockets:
        said.append(f"opened {_counted(sockets, 'connection')} at import: each worker would share it")
    if threads:
        said.append(f"started {_counted(threads, 'thread')} at import: no worker would have it")
    return f"{module} {', and '.join(said)}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _started_since(before: set[str]) -> set[str]:
    """The kernel may show a thread for a moment after it was joined."""
    for _ in range(_LOOKS):
        new = _threads() - before
        if not new:
            break
        time.sleep(_LOOK_SECONDS)
    return new


def _threads() -> set[str]:
    return {entry.name for entry in (_SELF / "task").iterdir()}


def _sockets() -> set[str]:
    """By inode: a descriptor's number may be another socket's by now."""
    found: set[str] = set()
    for entry in (_SELF / "fd").iterdir():
        with suppress(OSError):  # of the directory itself, which is closed by now
            found.add(str(entry.readlink()))
    return {target for target in found if target.startswith("socket:")}
