"""The pages of the documentation hold together: every link leads somewhere, and every page can be found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from printed_examples import FENCE

PROJECT = Path(__file__).parents[2]
PAGES = [PROJECT / "README.md", PROJECT / "CHANGELOG.md", *(PROJECT / "docs").rglob("*.md")]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))

    assert [link.group() for link in LINK.finditer(text) if not leads_somewhere(page, link[1], link[2])] == []


def test_the_readme_links_every_page() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")

    assert [page.name for page in (PROJECT / "docs").glob("*.md") if f"(docs/{page.name})" not in readme] == []


def leads_somewhere(page: Path, path: str, heading: str | None) -> bool:
    target = page.parent / path if path else page
    return target.exists() and (heading is None or heading in headings(target))


def headings(page: Path) -> set[str]:
    """As GitHub names them: lower case, without punctuation, a hyphen for each space."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
