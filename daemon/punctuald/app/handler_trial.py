"""Imports the configured handlers, as each worker does, in a process that may come to harm by it.

`python -P -m punctuald.app.handler_trial CONFIG NOTES SECONDS`: for each queue a line of JSON in the file NOTES before
its import, and one after it. Whatever is printed is the handlers' own.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import time
from pathlib import Path

import orjson

from punctuald.config import load
from punctuald.errors import ConfigurationError, HandlerUnavailable
from punctuald.handler import CoroutineHandler, Handler, load_handler, load_hooks
from punctuald.handler.invoke import BatchHandler


class Notes:
    """Opened for each line: an import may close every descriptor that it finds."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, queue: int, **fields: object) -> None:
        """One line, whole at once."""
        with self._path.open("ab") as file:
            file.write(orjson.dumps({"queue": queue, **fields}) + b"\n")


def main(config_path: Path, notes: Notes, limit_seconds: float) -> None:
    """Import all of them. One that takes too long ends the process, with the stack on standard error."""
    settings = load(config_path, os.environ)
    faulthandler.dump_traceback_later(limit_seconds, exit=True)
    for number, queue in enumerate(settings.queues):
        notes.add(number)
        started_mono = time.monotonic()
        where = f"{config_path}: queue[{number}] ({queue.name})"
        try:
            handler = load_handler(
                queue.handler,
                (config_path.parent / queue.handler_path).resolve(),
                where=where,
                time_limit_seconds=queue.time_limit_seconds,
            )
            load_hooks(queue.handler, where=where)
        except (ConfigurationError, HandlerUnavailable) as error:
            notes.add(number, problem=str(error), lasting=isinstance(error, ConfigurationError))
        else:
            seconds = time.monotonic() - started_mono
            notes.add(number, kind=kind_of(handler, queue.batch_size), seconds=seconds)


def kind_of(handler: Handler | CoroutineHandler, batch_size: int) -> str:
    """What a handler is and takes, in words."""
    is_batch = isinstance(handler, BatchHandler) or (isinstance(handler, CoroutineHandler) and handler.batch)
    form = "a coroutine" if isinstance(handler, CoroutineHandler) else "a function"
    return f"{form} of {f'up to {batch_size} messages' if is_batch else 'one message'}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Notes(Path(sys.argv[2])), float(sys.argv[3]))
    sys.stdout.flush()
    os._exit(0)  # a module's threads and atexit functions must not hold up whoever waits for us
