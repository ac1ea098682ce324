"""Every example of docs/handlers.md and of the docstrings of `punctuald.testing` does what it says."""

from __future__ import annotations

import doctest
import importlib
import re
import runpy
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest

import punctuald.testing
from punctuald.demo.telemetry import TelemetryFeed
from punctuald.model import Message, OutcomeKind
from punctuald.testing import Result, run_handler

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "handlers.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n# (\w+)\.py\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
MODULES = ["calls", "messages", "queue", "result"]


def test_every_example_has_the_name_of_its_file() -> None:
    assert len(BLOCKS) == DOCUMENT.count("```python") == len({name for name, _ in BLOCKS}) > 0


def test_the_examples_of_the_document_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.chdir(tmp_path)
    for name, code in BLOCKS:
        (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)

    ran = [test for name, _ in BLOCKS for test in run_tests_of(importlib.import_module(name))]

    for name, _ in BLOCKS:
        del sys.modules[name]
    assert len(ran) == DOCUMENT.count("def test_")


def test_the_readmes_first_handler_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "shop", raising=False)
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    handler, its_test = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "shop.py").write_text(handler, encoding="utf-8")
    (tmp_path / "its_test.py").write_text(its_test, encoding="utf-8")

    result = runpy.run_path("its_test.py")["result"]
    del sys.modules["shop"]

    assert result.kind == "retry"


def test_the_readmes_first_handler_takes_what_produce_sends(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    handler, _ = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "shop.py").write_text(handler, encoding="utf-8")
    feed = TelemetryFeed(seed=1)
    results = run_handler(
        runpy.run_path(str(tmp_path / "shop.py"))["handle"], *[feed.next_event().body() for _ in range(20)]
    )
    assert [result.kind for result in results] == ["done"] * 20


def run_tests_of(module: ModuleType) -> list[str]:
    names = [name for name in vars(module) if name.startswith("test_")]
    for name in names:
        vars(module)[name]()
    return names


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_the_docstrings_pass(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(f"punctuald.testing.{name}"))

    assert outcome.failed == 0 < outcome.attempted


def test_every_public_name_has_an_example() -> None:
    described = [
        getattr(punctuald.testing, name).__doc__ for name in ("MemoryQueue", "Result", "message", "run_handler")
    ]

    assert all(">>>" in text for text in described)


def test_the_document_names_every_field_of_a_message_and_every_outcome() -> None:
    names = [field.name for field in fields(Message)]
    names += [kind.value for kind in OutcomeKind] + [field.name for field in fields(Result)]

    assert [name for name in [*names, "tries"] if f"`{name}`" not in DOCUMENT] == []


def test_the_documents_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([\w./-]+\.md)\)", DOCUMENT)

    assert [target for target in targets if not (ROOT / "docs" / target).is_file()] == []
    assert targets


def test_it_needs_no_extra() -> None:
    """In a process of its own: this one has imported everything."""
    extras = ["pytest", "moto", "hypothesis", "rich", "numpy", "plotly", "ministack"]
    without = f"import sys; sys.modules.update(dict.fromkeys({extras}))"  # to import one of them is an error then
    script = f"{without}; from punctuald.testing import *; print(run_handler(lambda _: None, 'a')[0].kind)"

    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)

    assert shown.stdout == "done\n"
