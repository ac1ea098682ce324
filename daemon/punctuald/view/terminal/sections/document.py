"""The status document, as `punctuald status --json` prints it: how to read it where something is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]
"""An object of the document, or all of it. What is None is not known, and so is what a daemon of another version leaves
out."""


def part(document: Document, name: str) -> Document:
    """The object of that name; an empty one where it is not known."""
    found: Document = document.get(name) or {}
    return found


def parts(document: Document, name: str) -> Sequence[Document]:
    """The objects of that list; none where it is not known."""
    found: Sequence[Document] = document.get(name) or ()
    return found
