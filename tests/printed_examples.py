"""What a page of the documentation prints, to be run as it stands: files, which begin with their name, and commands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# ([\w.-]+\.(?:py|toml))\n")
FILES = ("python", "toml")


@dataclass(frozen=True, slots=True)
class Page:
    """``files`` by name, ``commands`` block by block, both in their order; ``text`` is the whole page."""

    text: str
    files: Mapping[str, str]
    commands: tuple[str, ...]

    def write_files(self, directory: Path) -> None:
        """As a reader would who copies them."""
        for name, text in self.files.items():
            (directory / name).write_text(text, encoding="utf-8")


def read_page(path: str) -> Page:
    """The page at ``path`` below the project's top. A Python or TOML block without a name, or with another's, fails."""
    text = (ROOT / path).read_text(encoding="utf-8")
    files = [(NAMED.match(block), block) for language, block in FENCE.findall(text) if language in FILES]
    named = {match[1]: block for match, block in files if match}
    assert len(named) == len(files), f"{path}: each Python and TOML block begins with the name of a file of its own"
    return Page(text, named, tuple(blocks_of(text, "sh")))


def blocks_of(text: str, language: str) -> list[str]:
    """What it prints in that language, in its order."""
    return [block for found, block in FENCE.findall(text) if found == language]
