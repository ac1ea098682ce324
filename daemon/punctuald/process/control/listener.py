"""The listening end of the control socket: made before anything is forked, so that a second daemon is refused in time.

The supervisor keeps it open, and the observer accepts on it: while that is being started again, clients wait in line.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from punctuald.errors import ConfigurationError

from .socket_path import socket_directories, socket_name

LONGEST_PATH_BYTES = 107
"""What the kernel has room for, with the zero at its end (unix(7))."""

_WAITING_CLIENTS = 16


class ControlListener:
    """A bound socket, and a lock that nobody else can have while the daemon lives."""

    def __init__(self, path: Path, listening: socket.socket, lock: int) -> None:
        self.path = path
        self.socket = listening
        self._lock = lock

    def keep_socket_only(self) -> None:
        """In the observer: the lock ends with the supervisor, however that ends."""
        os.close(self._lock)

    def close(self) -> None:
        """Close both in this process; for others they stay open."""
        self.socket.close()
        os.close(self._lock)

    def remove(self) -> None:
        """The daemon ends: take the socket away."""
        with suppress(OSError):
            self.path.unlink()
        self.close()


def open_listener(path: Path) -> ControlListener:
    """Listen at ``path``, for our own user alone. What a daemon left there that is gone is taken over.

    Raises `ConfigurationError` where the path is too long or taken, or nothing can be made there.
    """
    if len(os.fsencode(path)) > LONGEST_PATH_BYTES:
        raise ConfigurationError(f"control socket: {path} is longer than {LONGEST_PATH_BYTES} bytes; use --socket")
    try:
        lock = _lock(path)
        try:
            return ControlListener(path, _bound(path), lock)
        except BaseException:
            os.close(lock)
            raise
    except OSError as error:
        raise ConfigurationError(f"control socket: {path}: {error.strerror or error}") from None


def own_listener(config_path: Path, environ: Mapping[str, str]) -> ControlListener | None:
    """Listen where clients will look for the daemon of that configuration; None where there is no directory for it.

    Raises `ConfigurationError` as `open_listener` does, but for what a directory lacks.
    """
    for directory in socket_directories(environ, os.getuid()):
        if _is_ours(directory):
            return open_listener(directory / socket_name(config_path))
    return None


def _lock(path: Path) -> int:
    """A lock on a file beside the socket. Looking whether somebody answers would not do: two daemons that start at once
    both find nobody, and the second takes the first one's new socket away."""
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise ConfigurationError(f"control socket: {path} is another daemon's that runs now") from None
    return lock


def _bound(path: Path) -> socket.socket:
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise FileExistsError(errno.EEXIST, "there is a file that is no socket")
        path.unlink()
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    before = os.umask(0o177)
    try:
        listening.bind(os.fspath(path))
        listening.listen(_WAITING_CLIENTS)
    except BaseException:
        listening.close()
        raise
    finally:
        os.umask(before)
    return listening


def _is_ours(directory: Path) -> bool:
    """Whether we may make sockets there and nobody else may; the last part of the path is made."""
    with suppress(OSError):
        directory.mkdir(mode=0o700, exist_ok=True)
    try:
        found = directory.lstat()
    except OSError:
        return False
    others_write = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not others_write
