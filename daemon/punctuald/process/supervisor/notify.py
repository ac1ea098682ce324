"""systemd's notification protocol (sd_notify(3)): one datagram of ``KEY=value`` lines to ``$NOTIFY_SOCKET``."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

from punctuald.clock import Clock, SystemClock
from punctuald.logs import logger
from punctuald.policy.log_lines.rate import REMINDER_SECONDS, LogRate

WATCHDOG_SECONDS = 1.0
"""Sent at least this often, even where systemd would wait longer; the supervisor's loop turns at least as often."""

LONGEST_STATUS = 1000
"""Characters. systemd takes what fits into one page as a datagram, and a person reads one line."""

log = logger()


class Notifier:
    """Tells systemd how we are; silent where nobody listens (no ``NOTIFY_SOCKET``)."""

    def __init__(self, environ: Mapping[str, str], clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._failures = LogRate(1, REMINDER_SECONDS)
        path = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path
        self._socket: socket.socket | None = None
        self._watchdog_seconds = self._watchdog_interval(environ)
        self._watchdog_due_mono = 0.0
        if self._address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)

    @staticmethod
    def _watchdog_interval(environ: Mapping[str, str]) -> float | None:
        """Half of what systemd allows (sd_watchdog_enabled(3)), at most a second; None where it does not watch us."""
        microseconds = environ.get("WATCHDOG_USEC", "")
        for_us = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        return min(int(microseconds) / 2e6, WATCHDOG_SECONDS) if microseconds.isdigit() and for_us else None

    def ready(self, status: str) -> None:
        """Start-up, or a reload, is done."""
        self._send(f"READY=1\n{_status(status)}")

    def status(self, status: str) -> None:
        """One line for ``systemctl status``."""
        self._send(_status(status))

    def watchdog(self, now_mono: float) -> None:
        """The main loop is alive; to be called each time round, and sent as often as systemd wants to hear it."""
        if self._watchdog_seconds is not None and now_mono >= self._watchdog_due_mono:
            self._watchdog_due_mono = now_mono + self._watchdog_seconds
            self._send("WATCHDOG=1")

    def reloading(self, now_mono: float) -> None:
        """A reload begins; ``ready`` ends it. systemd (Type=notify-reload) wants the time with it."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={int(now_mono * 1e6)}")

    def stopping(self, status: str) -> None:
        """The stop begins."""
        self._send(f"STOPPING=1\n{_status(status)}")

    def _send(self, text: str) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto(text.encode(errors="replace"), self._address)
        except OSError as error:
            # The daemon's work does not depend on who watches it; but who does will think it dead.
            suppressed = self._failures.suppressed(self._clock.mono())
            if suppressed is not None:
                log.warning("notify.failed", error=str(error), suppressed=suppressed)


def _status(text: str) -> str:
    """A line of the protocol: a line feed within ``text`` would begin another one."""
    return f"STATUS={' '.join(text.split())[:LONGEST_STATUS]}"
