"""From ``module:function`` in the configuration to something that can be called."""

from __future__ import annotations

import importlib
import inspect
import sys
import traceback
import typing
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from punctuald.errors import ConfigurationError, HandlerUnavailable
from punctuald.logs.exceptions import in_one_line

from .invoke import BatchHandler, CoroutineHandler, Handler, MessageHandler
from .monkey_patches import patched_by
from .signature import is_coroutine, refusal

STAYS_BROKEN = (ModuleNotFoundError, SyntaxError)
"""What an import raises until a person changes something. Everything else may depend on the world outside."""


def load_handler(spec: str, search_path: Path, *, where: str, time_limit_seconds: float) -> Handler | CoroutineHandler:
    """Import ``spec`` (``package.module:object.attribute``), looking in ``search_path`` first.

    ``where`` names the place in the configuration for the error's text. Raises, with one line, `ConfigurationError`
    where a person has to mend it, else `HandlerUnavailable`.
    """
    module_name, _, attribute_path = spec.partition(":")
    if str(search_path) not in sys.path:
        sys.path.insert(0, str(search_path))
    module = _module(module_name, spec, where, search_path)
    library = patched_by()
    if library is not None:
        raise ConfigurationError(
            f"{where}: {module_name} patches Python's threads and sockets with {library}, and the daemon can't run on"
            f" them: take {library}'s monkey patching out, and make the handler a coroutine (async def) or raise"
            " [pool] slots"
        )
    function = _attribute(module, attribute_path, spec, where)
    if not callable(function):
        raise ConfigurationError(f"{where}: handler {spec!r} is a {type(function).__name__}, not something to call")
    reason = refusal(function)
    if reason is not None:
        raise ConfigurationError(f"{where}: handler {spec!r} {reason}")
    return handler_of(function, time_limit_seconds)


def _module(name: str, spec: str, where: str, search_path: Path) -> Any:
    try:
        return importlib.import_module(name)
    except BaseException as error:  # a module may raise anything, SystemExit included
        cause = in_one_line(error)
        place = _deepest_line(error.__traceback__)
        looked = f"; looked in {search_path} first" if isinstance(error, ModuleNotFoundError) else ""
        kind = ConfigurationError if isinstance(error, STAYS_BROKEN) else HandlerUnavailable
        raise kind(f"{where}: handler {spec!r} can't be imported: {cause}{place}{looked}") from error


def _deepest_line(trace: TracebackType | None) -> str:
    frames = [frame for frame in traceback.extract_tb(trace) if "importlib" not in frame.filename]
    return f" ({frames[-1].filename}:{frames[-1].lineno})" if len(frames) > 1 else ""


def _attribute(module: Any, path: str, spec: str, where: str) -> Any:
    found = module
    for name in path.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            raise ConfigurationError(
                f"{where}: handler {spec!r} can't be found: {module.__name__} ({module.__file__}) has no {path!r}"
            ) from None
        except Exception as error:  # a module's __getattr__, or a property
            raise HandlerUnavailable(f"{where}: handler {spec!r} can't be had: {in_one_line(error)}") from error
    return found


def handler_of(function: Callable[..., Any], time_limit_seconds: float) -> Handler | CoroutineHandler:
    """The handler that calls ``function``: a function or a coroutine function, of one message or of a list."""
    if is_coroutine(function):
        return CoroutineHandler(function, batch=_takes_a_batch(function), time_limit_seconds=time_limit_seconds)
    if _takes_a_batch(function):
        return BatchHandler(function, time_limit_seconds)
    return MessageHandler(function, time_limit_seconds)


def _takes_a_batch(function: Callable[..., Any]) -> bool:
    """Whether the first parameter is annotated as a list or sequence of messages."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some C callables have no signature
        return False
    if not parameters:
        return False
    annotation = parameters[0].annotation
    if isinstance(annotation, str):  # from __future__ import annotations
        name, bracket, _ = annotation.partition("[")
        return bool(bracket) and name.rpartition(".")[2] in {"list", "List", "Sequence"}
    return typing.get_origin(annotation) in {list, Sequence}
