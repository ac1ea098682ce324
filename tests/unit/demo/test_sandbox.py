from __future__ import annotations

import os
from pathlib import Path

import pytest

from punctuald.demo.sandbox import sandbox_environment, sandboxed
from punctuald.process.control.listener import own_listener

URL = "http://127.0.0.1:4566"


def test_real_credentials_never_reach_the_server() -> None:
    environ = sandbox_environment(
        {"AWS_ACCESS_KEY_ID": "real", "AWS_SESSION_TOKEN": "real", "AWS_PROFILE": "work", "HOME": "/home/me"}, URL
    )
    assert "real" not in environ.values()
    assert "AWS_PROFILE" not in environ
    assert environ["HOME"] == "/home/me"


def test_the_server_is_reached_past_any_proxy() -> None:
    assert sandbox_environment({}, URL)["no_proxy"] == "127.0.0.1"
    assert sandbox_environment({"NO_PROXY": "example.org"}, URL)["no_proxy"] == "example.org,127.0.0.1"


def test_a_daemon_in_it_leaves_nothing_in_the_machines_runtime_directory(tmp_path: Path) -> None:
    environ = sandbox_environment({"XDG_RUNTIME_DIR": str(tmp_path)}, URL)
    assert own_listener(tmp_path / "config.toml", environ) is None
    assert list(tmp_path.iterdir()) == []


def test_the_environment_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    before = dict(os.environ)
    with sandboxed(URL):
        assert "AWS_PROFILE" not in os.environ
    assert dict(os.environ) == before
