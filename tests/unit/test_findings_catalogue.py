"""The findings in the operations' table and those in the code are the same, with the same levels."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[2]
HOUSE = PROJECT / "daemon" / "punctuald"
PLACES = (HOUSE / "policy" / "advice", HOUSE / "app")
LEVELS = ("error", "warning", "note")
ROW = re.compile(r"^\| (?P<codes>`\w+\.\w+`(?:, `\w+\.\w+`)*) \| (?P<level>[a-z ]+) \|", re.MULTILINE)


def found_in_code() -> Iterator[tuple[str, str]]:
    """Each code with a level that it is found with."""
    for place in PLACES:
        for path in place.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in LEVELS:
                    assert isinstance(node.args[0], ast.Constant), f"{path.name}:{node.lineno}: write the code here"
                    yield str(node.args[0].value), node.func.id


def test_every_finding_is_in_the_table_with_its_level() -> None:
    levels: dict[str, set[str]] = defaultdict(set)
    for code, level in found_in_code():
        levels[code].add(level)

    page = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = page.partition("## What a doctor says")[2].partition("\n## ")[0]
    written = {
        code: set(row["level"].split(" or "))
        for row in ROW.finditer(section)
        for code in re.findall(r"`(\S+)`", row["codes"])
    }
    assert written == levels
    assert len(written) > 40
