"""docs/architecture.md against the code, and the shape of the house: small rooms, small files, small functions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

PROJECT = Path(__file__).parents[2]
HOUSE = PROJECT / "daemon" / "punctuald"
DOCUMENTS = sorted([PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")])
FILES_OF_USERS = {
    name for page in DOCUMENTS for name in re.findall(r"^# (\w+\.py)$", page.read_text(encoding="utf-8"), re.MULTILINE)
}
"""Examples that a page prints."""
ARCHITECTURE = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")

ROOMS = "|".join(path.name for path in HOUSE.iterdir() if path.is_dir() and path.name != "__pycache__")
PATH = re.compile(rf"(?<![\w/.])(?:(?:\.\./)?daemon/punctuald/)?((?:{ROOMS})/[\w/]*(?:\.py)?|\w+\.py)(?=[`)\s,])")
ENTRY = re.compile(r"^\| (?P<term>[a-z -]+) \| .+ \| `(?P<name>\w+)` in `(?P<path>[\w/]+\.py)` \|$", re.MULTILINE)

MOST_FILES = 15
MOST_LINES = 250
PRIVATE = re.compile(
    r"\b(bury|muster|lookout|hands|lane|relief|confess|acquit|accuse|promise[sd]?|whereabouts|told|hurry)\b",
    re.IGNORECASE,
)


def named_paths() -> Iterator[tuple[str, str]]:
    for document in DOCUMENTS:
        for code in re.findall(r"`([^`\n]+)`|\]\(([^)\n]+)\)", document.read_text(encoding="utf-8")):
            for found in PATH.finditer(f"{code[0] or code[1]} "):
                yield document.name, found[1]


@pytest.mark.parametrize(("document", "path"), sorted(set(named_paths())))
def test_what_a_document_names_is_there(document: str, path: str) -> None:
    assert (HOUSE / path).exists() or path in FILES_OF_USERS or list(PROJECT.glob(f"tests/**/{path}")), document


def test_the_glossary_names_what_is_in_the_code() -> None:
    entries = list(ENTRY.finditer(ARCHITECTURE))
    assert len(entries) == len({entry["term"] for entry in entries}) > 40
    missing = [
        entry["term"]
        for entry in entries
        if not re.search(rf"\b{entry['name']}\b", (HOUSE / entry["path"]).read_text(encoding="utf-8"))
    ]
    assert missing == []


def test_every_room_is_on_the_page() -> None:
    for room in ROOMS.split("|"):
        assert f"`{room}/`" in ARCHITECTURE


def test_no_room_and_no_file_is_too_large() -> None:
    files = list(HOUSE.rglob("*.py"))
    rooms = {path.parent for path in files}
    assert [room.name for room in rooms if len(list(room.glob("*.py"))) > MOST_FILES] == []
    assert [path.name for path in files if len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES] == []


def test_functions_are_short() -> None:
    lengths = [length for path in HOUSE.rglob("*.py") for length in bodies(path)]
    assert median(lengths) <= 5
    assert quantiles(lengths, n=10)[-1] <= 12


def bodies(path: Path) -> Iterator[int]:
    """The lines of each function without its docstring; what has nothing else is a port's."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            if body and not (isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)):
                yield (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_no_private_metaphor_is_left() -> None:
    found = [
        f"{path.relative_to(HOUSE)}: {line.strip()}"
        for path in HOUSE.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if PRIVATE.search(line)
    ]
    assert found == []


def test_nobody_draws_from_the_generator_that_handlers_can_seed() -> None:
    """`random.seed` in a handler's module would give all workers the same jitter."""
    imports = re.compile(r"^\s*(import random\b|from random import (?!Random$))", re.MULTILINE)
    assert [path for path in sorted(HOUSE.rglob("*.py")) if imports.search(path.read_text())] == []
