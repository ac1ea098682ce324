"""Libraries that replace Python's threads and sockets are found by asking them."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from punctuald.errors import ConfigurationError
from punctuald.handler import load_handler
from punctuald.handler.monkey_patches import patched_by


def pretend(patch: pytest.MonkeyPatch, name: str, question: str, patched: set[str]) -> None:
    library = ModuleType(name)
    setattr(library, question, lambda module: module in patched)
    patch.setitem(sys.modules, name, library)


def test_nothing_is_said_of_libraries_that_are_not_loaded() -> None:
    assert patched_by() is None


@pytest.mark.parametrize(
    ("library", "module", "question"),
    [("gevent", "gevent.monkey", "is_module_patched"), ("eventlet", "eventlet.patcher", "is_monkey_patched")],
)
def test_one_that_is_loaded_counts_only_where_it_patched_what_a_worker_stands_on(
    library: str, module: str, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, module, question, {"subprocess"})
    assert patched_by() is None
    pretend(monkeypatch, module, question, {"socket"})
    assert patched_by() == library


def test_a_handler_whose_module_patches_is_refused_in_one_line_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "patching_shop.py").write_text("def handle(message): pass\n")
    monkeypatch.setattr(sys, "path", [*sys.path])
    pretend(monkeypatch, "gevent.monkey", "is_module_patched", {"threading"})
    with pytest.raises(ConfigurationError, match=r"patching_shop patches .* with gevent.*: take .* out") as refused:
        load_handler("patching_shop:handle", tmp_path, where="queue[0]", time_limit_seconds=1.0)
    assert len(str(refused.value).splitlines()) == 1
