"""What an installation lacks for what is configured is said in one line, before anything starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from punctuald.app import extras
from punctuald.app.extras import need_web_extra
from punctuald.errors import ConfigurationError

PATH = Path("config.toml")
LISTEN = "127.0.0.1:9465"


def test_a_page_without_its_extra_is_one_line_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "uvicorn" else object())
    with pytest.raises(
        ConfigurationError, match=r"^config.toml: web.listen needs the extra `web`: pip .*no uvicorn\)$"
    ):
        need_web_extra(LISTEN, PATH)
    need_web_extra("", PATH)


def test_with_the_extra_nothing_is_said_and_without_a_page_nothing_is_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def there(name: str) -> object:
        asked.append(name)
        return object()

    monkeypatch.setattr(extras, "find_spec", there)
    need_web_extra("", PATH)
    assert asked == []
    need_web_extra(LISTEN, PATH)
    assert asked == ["starlette", "uvicorn"]


def test_a_daemon_without_a_page_has_nothing_of_it_in_memory() -> None:
    code = (
        "import sys, punctuald.app.observer; print([name for name in ('starlette', 'uvicorn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
