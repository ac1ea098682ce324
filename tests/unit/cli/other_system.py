"""`python other_system.py SYSTEM ARGUMENT…`: the command line as it would find itself on another system than Linux."""

from __future__ import annotations

import ctypes
import errno
import os
import select
import signal
import socket
import sys
import sysconfig
from importlib import import_module
from typing import Any

FOREIGN = (
    *("botocore.session", "click.testing", "click._termui_impl", "concurrent.futures.process", "http.client", "numpy"),
    *("psutil", "pydantic", "rich.console", "structlog", "subprocess", "zoneinfo"),
)
"""What is not ours, and has builds for every system: not what is tried out."""

MODULES = {"darwin": (), "win32": ("fcntl", "resource", "pwd", "grp", "termios", "pty", "uvloop")}
SOCKET = {"darwin": ("TCP_USER_TIMEOUT", "TCP_KEEPIDLE"), "win32": ("TCP_USER_TIMEOUT", "AF_UNIX")}
SIGNALS = {
    "darwin": (),
    "win32": ("SIGHUP", "SIGQUIT", "SIGTTIN", "SIGTTOU", "SIGUSR1", "SIGCHLD", "SIGKILL", "SIGALRM"),
}
OS = {
    "darwin": ("pidfd_open", "sched_getaffinity", "memfd_create", "eventfd", "pipe2"),
    "win32": ("fork", "pidfd_open", "sched_getaffinity", "register_at_fork", "killpg", "setsid", "geteuid", "pipe2"),
}


def become(system: str) -> None:
    """Take away what that system's Python does not have."""
    sysconfig.get_config_vars()
    for name in FOREIGN:
        import_module(name)
    for name in MODULES[system]:
        sys.modules[name] = None  # type: ignore[assignment]  # so that its import raises ImportError
    for holder, names in ((socket, SOCKET), (signal, SIGNALS), (os, OS)):
        for name in names[system]:
            if hasattr(holder, name):
                delattr(holder, name)
    for holder, name in ((select, "epoll"), (ctypes, "CDLL"), (errno, "EUCLEAN")):
        if hasattr(holder, name):
            setattr(holder, name, _refuse)
    sys.platform = system


def _refuse(*_: Any, **__: Any) -> None:
    raise OSError("this system has no such thing")


if __name__ == "__main__":
    become(sys.argv[1])
    import_module("punctuald.cli").main(sys.argv[2:])
