"""Writes out what open files still hold in this process's memory, which `os._exit` would throw away."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import stat
import sys
import weakref
from collections.abc import Iterable
from typing import Any

WITH_A_TRAILER = (("zipfile", "ZipFile"), ("gzip", "GzipFile"), ("bz2", "BZ2File"), ("lzma", "LZMAFile"))
"""Classes, by module, whose files are complete only when they are closed: to flush them is not enough."""

_ANY_FILE: type = io.IOBase.__base__ or io.IOBase  # the C class: to ask the ABC may run code of the user's

_BUFFERED = (io.BufferedWriter, io.BufferedRandom, io.BufferedRWPair)
_remembered: list[weakref.ref[Any]] = []


def remember_open_files() -> None:
    """Call it before `gc.freeze`, which hides from `flush_open_files` what is open by then."""
    for each in _files_in(gc.get_objects()):
        with contextlib.suppress(TypeError):  # a class of the user's may have no room for a weak reference
            _remembered.append(weakref.ref(each))


def flush_open_files() -> list[BaseException]:
    """Flush every file that is open, and close those that end with a trailer; returns what failed.

    Those that the parent had frozen are not looked at: they are the parent's, and to look would copy all its memory.
    What is text goes first, then what compresses it, then the bytes: each may stand on the next. Files on a disk go
    before pipes and sockets, which may block.
    """
    remembered = [each for reference in _remembered if (each := reference()) is not None]
    found = sorted([*remembered, *_files_in(gc.get_objects()), *_standard()], key=_may_block)
    texts = [each for each in found if isinstance(each, io.TextIOWrapper)]
    flushed_by_them = {id(_below(each)) for each in texts}
    steps = [each.flush for each in texts]
    steps += [each.close for each in found if _is_to_be_closed(each)]
    steps += [each.flush for each in found if isinstance(each, _BUFFERED) and id(each) not in flushed_by_them]
    return _failures(steps)


def _below(text: io.TextIOWrapper) -> Any:
    try:
        return text.buffer
    except ValueError:  # it is detached
        return None


def _files_in(objects: Iterable[Any]) -> list[Any]:
    kinds = (_ANY_FILE, *_with_a_trailer())
    return [each for each in objects if issubclass(type(each), kinds)]


def _is_to_be_closed(file: Any) -> bool:
    return issubclass(type(file), _with_a_trailer()) and _is_written(file)


def _failures(steps: Iterable[Any]) -> list[BaseException]:
    failed: list[BaseException] = []
    standard = {id(each) for each in _standard()}
    for step in steps:
        try:
            step()
        except ValueError:  # it is closed
            continue
        except BaseException as error:  # noqa: BLE001 - one that can't be written must not cost the others
            if id(step.__self__) not in standard:  # whoever read these may be gone, and no data are lost by that
                failed.append(error)
    return failed


def _standard() -> list[Any]:
    """The standard streams, and what each stands on."""
    streams = [each for each in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__) if each is not None]
    return [*streams, *(_below(each) for each in streams if isinstance(each, io.TextIOWrapper))]


def _with_a_trailer() -> tuple[type, ...]:
    """Those classes whose modules are imported, what may stand on others first: of the rest there can be no file."""
    return tuple(getattr(sys.modules[module], name) for module, name in WITH_A_TRAILER if module in sys.modules)


def _is_written(file: Any) -> bool:
    try:
        return file.mode in {"w", "a", "x"} if type(file).__name__ == "ZipFile" else bool(file.writable())
    except (ValueError, AttributeError):  # it is closed
        return False


def _may_block(file: Any) -> bool:
    try:
        return not stat.S_ISREG(os.fstat(file.fileno()).st_mode)
    except (OSError, ValueError, AttributeError):
        return False  # no descriptor of its own: memory, or a file that stands on another
