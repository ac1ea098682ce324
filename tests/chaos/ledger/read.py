"""Reads the two files of a scenario: the server's events, one JSON object a line, and the handlers' runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from chaos.ledger.events import Kind, QueueEvent, Run, RunEnd

START = "start"


def event_line(event: QueueEvent) -> bytes:
    """An event as a line of the file."""
    return orjson.dumps(event) + b"\n"


def read_events(path: Path) -> list[QueueEvent]:
    """In the order in which they were written. A damaged line raises: a verdict over half an account is worth none."""
    return [_event(orjson.loads(line)) for line in path.read_bytes().splitlines()]


def run_line(word: str, message_id: str, token: str, *, pid: int, mono: float, receive_count: int = 0) -> str:
    """A handler's line. ``word`` is `START` or a `RunEnd`; ``token`` is the same at a run's start and end."""
    return f"{word} {message_id} {token} {pid} {mono:.6f} {receive_count}"


def read_runs(path: Path) -> list[Run]:
    """All runs by their start. One that never ended has no end."""
    runs: dict[str, Run] = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        word, message_id, token, pid, mono, receive_count = line.split()
        if word == START:
            runs[token] = Run(message_id, int(pid), float(mono), receive_count=int(receive_count))
        else:
            runs[token] = replace(runs[token], ended_mono=float(mono), end=RunEnd(word))
    return sorted(runs.values(), key=lambda run: run.started_mono)


def _event(fields: dict[str, Any]) -> QueueEvent:
    return QueueEvent(**{**fields, "kind": Kind(fields["kind"])})
