"""One worker in Java as a process: started, listened to, stopped and killed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from peers.kinesis.kcl.program import QUICK, QUICK_LEADER, QUICK_LOCK, Kcl, command
from peers.kinesis.servers import Servers
from peers.programs.process import Program

Event = Mapping[str, Any]
START_SECONDS = 60.0
LOOK_SECONDS = 0.05
FAILOVER_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class KclSettings:
    """``quick_lock`` False leaves a 3.x leader's lock at its two minutes. ``more`` are KCL's own settings (see
    `Peer.java`), ``options`` are Java's."""

    failover_seconds: float = FAILOVER_SECONDS
    quick_lock: bool = True
    more: Mapping[str, object] = field(default_factory=dict)
    options: Sequence[str] = ()

    def of(self, kcl: Kcl) -> Mapping[str, object]:
        """All of them, by their names in `Peer.java`."""
        leader = {**QUICK_LEADER, **(QUICK_LOCK if self.quick_lock else {})} if kcl is Kcl.V3 else {}
        return {**QUICK, **leader, "lease.failoverTimeMillis": round(self.failover_seconds * 1000), **self.more}


QUICKLY = KclSettings()


class KclWorker(Program):
    """``with KclWorker(kcl, servers, stream, application, name, directory) as worker: …`` kills it at the end.

    When it is stopped it checkpoints, and leaves its leases to expire.
    """

    def __init__(
        self,
        kcl: Kcl,
        servers: Servers,
        stream: str,
        application: str,
        name: str,
        directory: Path,
        settings: KclSettings = QUICKLY,
    ) -> None:
        self.kcl, self.name = kcl, name
        self._arguments = [stream, application, name, servers.kinesis_url, servers.dynamodb_url]
        self._settings = settings
        self._log = directory / f"{name}.log"
        super().__init__(self._log)

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.is_alive

    def start(self) -> None:
        """Returns when its scheduler runs; leases come later. Raises `NotToBeHad`."""
        runs = len(self.events("run"))
        self._process.start(command(self.kcl, self._settings.of(self.kcl), self._arguments, *self._settings.options))
        self.until(lambda: len(self.events("run")) > runs, START_SECONDS)

    def events(self, *names: str) -> Sequence[Event]:
        """Those of some names that it has written, in order; all without a name."""
        if not self._log.exists():
            return []
        lines = self._log.read_bytes().splitlines(keepends=True)
        found = [orjson.loads(line) for line in lines if line.startswith(b'{"t":') and line.endswith(b"\n")]
        return [event for event in found if not names or event["ev"] in names]

    def until(self, is_so: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        """Wait until it is so."""
        give_up_mono = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < give_up_mono, f"{self.name} did not come so far:\n{self.last_words()}"
            time.sleep(LOOK_SECONDS)

    def text(self) -> str:
        """All that it has written, for people."""
        return self._log.read_text(errors="replace")

    def last_words(self) -> str:
        """The end of what it has written, for people."""
        return self._process.last_words()
