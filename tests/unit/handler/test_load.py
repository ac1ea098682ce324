"""From ``module:function`` to a handler of the right shape, or to one line that says what to mend."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from punctuald.errors import ConfigurationError
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
        ("def broken(:", "handle", "shop_handlers", "SyntaxError"),
        ("import sys\nsys.exit(3)", "handle", "shop_handlers", "SystemExit: 3"),
        ("raise ValueError('two\\nlines')", "handle", "shop_handlers", "ValueError: two lines"),
        ("1 / 0", "handle", "shop_handlers", "shop_handlers.py:1)"),
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


def test_the_search_path_goes_first_and_only_once(load: Load, tmp_path: Path) -> None:
    load("def handle(message): ...")
    load("def handle(message): ...")
    assert sys.path[0] == str(tmp_path)
    assert sys.path.count(str(tmp_path)) == 1
