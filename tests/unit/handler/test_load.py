"""From ``module:function`` to a handler of the right shape, or to one line that says what to mend."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from punctuald.errors import ConfigurationError, HandlerUnavailable
from punctuald.handler import Handler
from punctuald.handler.invoke import BatchHandler, CoroutineHandler, MessageHandler
from punctuald.handler.load import load_handler

Load = Callable[..., Handler | CoroutineHandler]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write_and_load(source: str, name: str = "handle", module: str = "shop_handlers") -> Handler | CoroutineHandler:
        (tmp_path / "shop_handlers.py").write_text(source)
        return load_handler(f"{module}:{name}", tmp_path, where="here", time_limit_seconds=3)

    return write_and_load


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("def handle(message): ...", MessageHandler),
        ("def handle(*arguments): ...", MessageHandler),
        ("def handle(messages: list[str]): ...", BatchHandler),
        ("def handle(messages: 'list[m.Message]'): ...", BatchHandler),
        ("from __future__ import annotations\ndef handle(messages: list[model.Message]): ...", BatchHandler),
        ("from collections.abc import Sequence\ndef handle(messages: Sequence[str]): ...", BatchHandler),
        ("import typing\ndef handle(messages: 'typing.Sequence[str]'): ...", BatchHandler),
        ("def handle(message: 'dict[str, list[str]]'): ...", MessageHandler),
        ("async def handle(message): ...", CoroutineHandler),
        ("class Callable:\n  async def __call__(self, message): ...\nhandle = Callable()", CoroutineHandler),
        ("class Callable:\n  def __call__(self, messages: list[str]): ...\nhandle = Callable()", BatchHandler),
        ("handle = print", MessageHandler),
    ],
)
def test_the_shape_of_the_function_is_the_shape_of_its_handler(source: str, kind: type[Handler], load: Load) -> None:
    assert type(load(source)) is kind


def test_a_coroutine_function_may_take_a_batch(load: Load) -> None:
    assert load("async def handle(messages: list[str]): ...").batch


def test_a_name_may_lead_into_an_object(load: Load) -> None:
    assert isinstance(load("class Shop:\n  @staticmethod\n  def handle(message): ...", "Shop.handle"), MessageHandler)


@pytest.mark.parametrize(
    ("source", "name", "module", "told"),
    [
        ("handle = 7", "handle", "shop_handlers", "handler 'shop_handlers:handle' is a int, not something to call"),
        ("", "handle", "shop_handlers", "has no 'handle'"),
        ("class Shop: ...", "Shop.handle", "shop_handlers", "has no 'Shop.handle'"),
        ("", "handle", "no_such_module_anywhere", "looked in"),
        ("import no_such_dependency", "handle", "shop_handlers", "No module named 'no_such_dependency'"),
        ("def broken(:", "handle", "shop_handlers", "SyntaxError"),
        ("if True:\nx = 1", "handle", "shop_handlers", "IndentationError"),
    ],
)
def test_whatever_is_wrong_is_told_in_one_line_that_names_its_place(
    source: str, name: str, module: str, told: str, load: Load
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(source, name, module)
    text = str(refused.value)
    assert text.startswith(f"here: handler '{module}:{name}' ")
    assert told in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("raise RuntimeError('db down')", "can't be imported: RuntimeError: db down"),
        ("raise ConnectionRefusedError(111, 'Connection refused')", "can't be imported: ConnectionRefusedError"),
        ("raise ImportError('libpq not found')", "can't be imported: ImportError: libpq not found"),
        ("import sys\nsys.exit(3)", "can't be imported: SystemExit: 3"),
        ("raise ValueError('two\\nlines')", "can't be imported: ValueError: two lines"),
        ("1 / 0", "shop_handlers.py:1)"),
    ],
)
def test_what_an_import_raises_may_pass_and_is_tried_again(source: str, told: str, load: Load) -> None:
    with pytest.raises(HandlerUnavailable) as raised:
        load(source)
    text = str(raised.value)
    assert text.startswith("here: handler 'shop_handlers:handle' ")
    assert told in text
    assert "\n" not in text
    assert load("def handle(message): ...").batch is False


def test_a_module_that_makes_its_handler_only_when_asked_may_fail_for_now_too(load: Load) -> None:
    with pytest.raises(HandlerUnavailable, match="can't be had: TimeoutError: no answer"):
        load("def __getattr__(name): raise TimeoutError('no answer')")


def test_the_search_path_goes_first_and_only_once(load: Load, tmp_path: Path) -> None:
    load("def handle(message): ...")
    load("def handle(message): ...")
    assert sys.path[0] == str(tmp_path)
    assert sys.path.count(str(tmp_path)) == 1
