"""Every example of docs/handlers.md and of the docstrings of `punctuald.testing` does what it says."""

from __future__ import annotations

import doctest
import importlib
import inspect
import runpy
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest

import punctuald.testing
from printed_examples import ROOT, blocks_of, read_page
from punctuald.model import Message, OutcomeKind
from punctuald.testing import Result, run_handler

PAGE = read_page("docs/handlers.md")
MODULES = ["calls", "messages", "queue", "result", "started"]


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the page's modules, which can be imported."""
    names = [Path(name).stem for name in PAGE.files if name.endswith(".py")]
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.chdir(tmp_path)
    PAGE.write_files(tmp_path)
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield names
    for name in names:
        sys.modules.pop(name, None)


def test_the_tests_of_the_document_pass(examples: list[str]) -> None:
    tests = [name for name in examples if name.startswith("test_")]

    ran = [test for name in tests for test in run_tests_of(importlib.import_module(name))]

    assert len(ran) == PAGE.text.count("def test_")


def test_every_handler_of_the_document_is_called_by_a_test(examples: list[str]) -> None:
    """By one of the document's, or of this file; the rest is run by the document's commands, and those by a test."""
    own = inspect.getsource(sys.modules[__name__])
    tests = "".join(PAGE.files[f"{name}.py"] for name in examples if name.startswith("test_"))
    commands = "".join(PAGE.commands)

    def is_tried(name: str) -> bool:
        return f"import {name}\n" in tests or f'"{name}:' in own or f"{name}.py" in commands

    assert [name for name in examples if not (name.startswith("test_") or is_tried(name))] == []
    assert [name for name in PAGE.files if name.endswith(".toml") and name not in commands] == []


@pytest.mark.usefixtures("examples")
def test_the_documents_batch_handler_rejects_what_is_empty() -> None:
    results = run_handler("bills:store", "a bill", "", "another bill")

    assert [(result.kind, result.reason) for result in results] == [("done", ""), ("reject", "empty"), ("done", "")]


@pytest.mark.usefixtures("examples")
def test_the_documents_handler_that_prints_is_done() -> None:
    [result] = run_handler("parcels:pack", '{"order": 7}')

    assert result.kind == "done"


def test_the_readmes_first_handler_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "shop", raising=False)
    monkeypatch.chdir(tmp_path)
    handler, its_test = blocks_of((ROOT / "README.md").read_text(encoding="utf-8"), "python")
    (tmp_path / "shop.py").write_text(handler, encoding="utf-8")
    (tmp_path / "its_test.py").write_text(its_test, encoding="utf-8")

    result = runpy.run_path("its_test.py")["result"]
    del sys.modules["shop"]

    assert result.kind == "retry"


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
        getattr(punctuald.testing, name).__doc__
        for name in ("MemoryQueue", "Result", "message", "run_handler", "started")
    ]

    assert all(">>>" in text for text in described)


def test_the_document_names_every_field_of_a_message_and_every_outcome() -> None:
    names = [field.name for field in fields(Message)]
    names += [kind.value for kind in OutcomeKind] + [field.name for field in fields(Result)]

    assert [name for name in [*names, "tries"] if f"`{name}`" not in PAGE.text] == []


def test_it_needs_no_extra() -> None:
    """In a process of its own: this one has imported everything."""
    extras = ["pytest", "moto", "hypothesis", "rich", "numpy", "plotly", "ministack"]
    without = f"import sys; sys.modules.update(dict.fromkeys({extras}))"  # to import one of them is an error then
    script = f"{without}; from punctuald.testing import *; print(run_handler(lambda _: None, 'a')[0].kind)"

    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)

    assert shown.stdout == "done\n"
