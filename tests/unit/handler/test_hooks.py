"""Which functions of a handler's module are its hooks, and how they are called."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from punctuald import WorkerInfo
from punctuald.errors import ConfigurationError
from punctuald.handler.hooks import Hook, load_hooks

WORKER = WorkerInfo(index=3, slots=4)

Called = list[object]


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    made = ModuleType("shop_with_hooks")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    return made


def start_hook(module: ModuleType, source: str) -> tuple[Hook, Called]:
    """The module's ``on_start``, and the list ``called`` that its source may append to."""
    called: Called = []
    vars(module)["called"] = called
    exec(source, vars(module))  # noqa: S102 - the test's own source
    found = load_hooks(f"{module.__name__}:handle", where="here").on_start
    assert found is not None
    return found, called


@pytest.mark.parametrize(
    "source",
    [
        "def on_start(worker): called.append(worker)",
        "def on_start(anything): called.append(anything)",
        "def on_start(worker=None): called.append(worker)",
        "async def on_start(worker): called.append(worker)",
        "class Start:\n def __call__(self, worker): called.append(worker)\non_start = Start()",
        "import functools\ndef start(name, worker): called.append(worker)\non_start = functools.partial(start, 'x')",
        "async def start(worker): called.append(worker)\ndef on_start(worker): return start(worker)",
    ],
)
def test_a_hook_of_one_argument_gets_the_worker(module: ModuleType, source: str) -> None:
    hook, called = start_hook(module, source)
    run(hook)
    assert called == [WORKER]


@pytest.mark.parametrize(
    "source",
    [
        "def on_start(): called.append('nothing')",
        "async def on_start(): called.append('nothing')",
        "def on_start(retries='nothing'): called.append(retries)",
        "def on_start(*names): called.append(*names or ['nothing'])",
    ],
)
def test_a_hook_that_asks_for_nothing_gets_nothing(module: ModuleType, source: str) -> None:
    hook, called = start_hook(module, source)
    run(hook)
    assert called == ["nothing"]


def run(hook: Hook) -> None:
    if hook.is_coroutine:
        asyncio.run(hook.run_async(WORKER))
    else:
        hook.run(WORKER)


@pytest.mark.parametrize("name", ["on_startup", "onStart", "start", "on_start_"])
def test_other_names_are_not_guessed(module: ModuleType, name: str) -> None:
    vars(module)[name] = lambda: None
    hooks = load_hooks(f"{module.__name__}:handle", where="here")
    assert (hooks.module, hooks.on_start, hooks.on_stop) == (module.__name__, None, None)


def test_a_module_that_makes_up_attributes_has_no_hooks_by_that(module: ModuleType) -> None:
    vars(module)["__getattr__"] = lambda _name: lambda: None
    assert load_hooks(f"{module.__name__}:handle", where="here").on_start is None


@pytest.mark.parametrize(
    ("hook", "why"),
    [
        (lambda _a, _b: None, "must take nothing or one argument, the worker, and not (_a, _b)"),
        (lambda *, worker: worker, "must take nothing or one argument"),
        (7, "is a int, not something to call"),
    ],
)
@pytest.mark.parametrize("name", ["on_start", "on_stop"])
def test_what_can_not_be_called_as_a_hook_is_a_persons_to_mend(
    module: ModuleType, name: str, hook: Callable[..., object], why: str
) -> None:
    vars(module)[name] = hook
    with pytest.raises(ConfigurationError) as refused:
        load_hooks(f"{module.__name__}:handle", where="here")
    assert str(refused.value).startswith(f"here: shop_with_hooks.{name} ")
    assert why in str(refused.value)


@pytest.mark.parametrize("declared", ["def", "async def"])
def test_a_generator_is_refused_before_it_does_nothing(module: ModuleType, declared: str) -> None:
    exec(f"{declared} on_stop():\n yield", vars(module))  # noqa: S102
    with pytest.raises(ConfigurationError, match="is a generator"):
        load_hooks(f"{module.__name__}:handle", where="here")


@pytest.mark.parametrize("raised", ["StopIteration()", "__import__('asyncio').CancelledError()"])
def test_what_no_future_can_carry_is_a_failure_like_others(module: ModuleType, raised: str) -> None:
    hook, _ = start_hook(module, f"def on_start(): raise {raised}")
    with pytest.raises(RuntimeError, match="it let out"):
        hook.run(WORKER)
