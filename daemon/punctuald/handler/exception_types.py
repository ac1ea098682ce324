"""Exceptions that a configuration names, recognised without importing anything."""

from __future__ import annotations

import sys
from collections.abc import Collection

BUILTINS = "builtins"


def named_type(error: BaseException, names: Collection[str]) -> str | None:
    """The one of ``names`` that is the type of ``error`` or a type that it derives from; None where none is.

    A name is ``module.Type``: where the type was defined, or any module in which it can be found under that name, as
    ``redis.ConnectionError`` for what is defined in ``redis.exceptions``. A type of Python's own needs no module. The
    cause of ``error`` (``raise … from …``) does not count: whoever wraps an exception in another one has judged it.
    """
    for kind in type(error).__mro__ if names else ():
        for name in names:
            if name in _own_names(kind) or _found(name) is kind:
                return name
    return None


def _own_names(kind: type) -> tuple[str, ...]:
    full = f"{kind.__module__}.{kind.__qualname__}"
    return (full, kind.__qualname__) if kind.__module__ == BUILTINS else (full,)


def _found(name: str) -> object:
    """What is called so in a module that is imported already, as that of any exception that was raised is."""
    module, _, attribute = name.rpartition(".")
    return getattr(sys.modules.get(module), "__dict__", {}).get(attribute)
