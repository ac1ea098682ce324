"""The hooks of a handler's module: ``on_start`` and ``on_stop``, found, checked and called."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from punctuald.errors import ConfigurationError
from punctuald.policy.pool.standstill import nothing_lost
from punctuald.worker_info import WorkerInfo

from .awaiting import awaited, awaited_here
from .result import is_awaitable, require_run
from .signature import binds, is_coroutine, is_generator

ON_START, ON_STOP = "on_start", "on_stop"
ODD = (asyncio.CancelledError, StopIteration)
"""What no future can carry, or takes for its own cancelling: of a hook it is a failure like others."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One of a module's hooks. ``name`` is that of the function; ``is_coroutine``: to be run by `run_async`."""

    name: str
    function: Callable[..., Any]
    takes_worker: bool
    is_coroutine: bool

    def run(self, worker: WorkerInfo) -> None:
        """Call it in this thread. Raises whatever it raises, and `NotRunError` where it has done nothing yet."""
        try:
            result = self._call(worker)
            if is_awaitable(result):  # of a function that is not declared as a coroutine
                result = awaited_here(result, 0.0, nothing_lost)
            require_run(result)
        except ODD as error:
            raise _failure(error) from error

    async def run_async(self, worker: WorkerInfo) -> None:
        """The same on this event loop."""
        try:
            require_run(await awaited(self._call(worker)))
        except ODD as error:
            raise _failure(error) from error

    def _call(self, worker: WorkerInfo) -> Any:
        return self.function(worker) if self.takes_worker else self.function()


def _failure(error: BaseException) -> RuntimeError:
    return RuntimeError(f"it let out {type(error).__name__}")


@dataclass(frozen=True, slots=True)
class ModuleHooks:
    """Of the module of that name; None = it has no such hook."""

    module: str
    on_start: Hook | None = None
    on_stop: Hook | None = None


def load_hooks(spec: str, *, where: str) -> ModuleHooks:
    """The hooks of the module that ``spec`` (``package.module:object.attribute``) names, which is imported already.

    Raises `ConfigurationError` for one that can't be called as a hook is.
    """
    name, _, _ = spec.partition(":")
    found = getattr(sys.modules[name], "__dict__", {})  # not getattr: a module may make up attributes
    return ModuleHooks(name, *(_hook(found.get(each), each, f"{where}: {name}.{each}") for each in (ON_START, ON_STOP)))


def _hook(function: Any, name: str, where: str) -> Hook | None:
    if function is None:
        return None
    if not callable(function):
        raise ConfigurationError(f"{where} is a {type(function).__name__}, not something to call")
    if is_generator(function):
        raise ConfigurationError(f"{where} is a generator: calling it does nothing until somebody iterates")
    return Hook(name, function, _takes_worker(function, where), is_coroutine(function))


def _takes_worker(function: Callable[..., Any], where: str) -> bool:
    """One argument that has a default is the worker only if it is named so."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some C callables have none: the first call will tell
        return False
    if binds(signature) and "worker" not in signature.parameters:
        return False
    if not binds(signature, object()):
        raise ConfigurationError(f"{where} must take nothing or one argument, the worker, and not {signature}")
    return True
