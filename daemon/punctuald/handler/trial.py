"""Imports handlers, as each worker does, in a process that may come to harm by it.

`python -P -m punctuald.handler.trial WANTED NOTES SECONDS`. WANTED is a file with a JSON list of what `load_handler`
takes; for each of them a line of JSON comes into the file NOTES before its import, and one after it. What is printed is
the handlers' own.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from punctuald.errors import ConfigurationError, HandlerUnavailable

from .hooks import load_hooks
from .invoke import BatchHandler, CoroutineHandler, Handler
from .load import load_handler


class Notes:
    """Opened for each line: an import may close every descriptor that it finds."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, number: int, **fields: object) -> None:
        """One line, whole at once."""
        with self._path.open("ab") as file:
            file.write(orjson.dumps({"number": number, **fields}) + b"\n")


def main(wanted: Iterable[Mapping[str, Any]], notes: Notes, limit_seconds: float) -> None:
    """Import all of them. One that takes too long ends the process, with the stack on standard error."""
    faulthandler.dump_traceback_later(limit_seconds, exit=True)
    for number, each in enumerate(wanted):
        notes.add(number)
        started_mono = time.monotonic()
        try:
            handler = load_handler(each["spec"], Path(each["search_path"]), where=each["where"], time_limit_seconds=1)
            load_hooks(each["spec"], where=each["where"])
        except (ConfigurationError, HandlerUnavailable) as error:
            notes.add(number, problem=str(error), lasting=isinstance(error, ConfigurationError))
        else:
            seconds = time.monotonic() - started_mono
            notes.add(number, kind=_kind(handler), coroutine=isinstance(handler, CoroutineHandler), seconds=seconds)


def _kind(handler: Handler | CoroutineHandler) -> str:
    """What a handler is and takes, in words."""
    is_batch = isinstance(handler, BatchHandler) or (isinstance(handler, CoroutineHandler) and handler.batch)
    form = "a coroutine" if isinstance(handler, CoroutineHandler) else "a function"
    return f"{form} of {'a list of messages' if is_batch else 'one message'}"


if __name__ == "__main__":
    main(orjson.loads(Path(sys.argv[1]).read_bytes()), Notes(Path(sys.argv[2])), float(sys.argv[3]))
    sys.stdout.flush()
    os._exit(0)  # a module's threads and atexit functions must not hold up whoever waits for us
