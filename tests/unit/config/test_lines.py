"""Where each key of a TOML text stands."""

from __future__ import annotations

from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from punctuald.config.lines import lines_of
from punctuald.config.problem import KeyPath


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\nb = 2", {("a",): 1, ("b",): 2}),
        ("\n# a = 0\n\n  a = 1 # b = 2\n", {("a",): 4}),
        ("[t]\na = 1\n[u.v]\nb = 2", {("t",): 1, ("t", "a"): 2, ("u",): 3, ("u", "v"): 3, ("u", "v", "b"): 4}),
        ("a.b . c = 1", {("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 1}),
        ("[[q]]\na = 1\n[[q]]\na = 2", {("q",): 1, ("q", 0): 1, ("q", 0, "a"): 2, ("q", 1): 3, ("q", 1, "a"): 4}),
        (
            "[[q]]\n[q.t]\na = 1\n[[q.r]]\n[[q]]\n[[q.r]]\nb = 2",
            {
                ("q",): 1,
                ("q", 0): 1,
                ("q", 0, "t"): 2,
                ("q", 0, "t", "a"): 3,
                ("q", 0, "r"): 4,
                ("q", 0, "r", 0): 4,
                ("q", 1): 5,
                ("q", 1, "r"): 6,
                ("q", 1, "r", 0): 6,
                ("q", 1, "r", 0, "b"): 7,
            },
        ),
        ("a = [\n 1, # one ]\n [2],\n]\nb = 1", {("a",): 1, ("a", 0): 2, ("a", 1): 3, ("a", 1, 0): 3, ("b",): 5}),
        ("a = []\nb = {}\nc = 1", {("a",): 1, ("b",): 2, ("c",): 3}),
        (
            "a = { b = 1, c.d = [2] }",
            {("a",): 1, ("a", "b"): 1, ("a", "c"): 1, ("a", "c", "d"): 1, ("a", "c", "d", 0): 1},
        ),
        ("a = [\n{ b = 1 },\n{ b = 2 }]", {("a",): 1, ("a", 0): 2, ("a", 0, "b"): 2, ("a", 1): 3, ("a", 1, "b"): 3}),
        ('a = """\nb = 1\n\\"""\n""""\nc = 1', {("a",): 1, ("c",): 5}),
        ("a = '''\nb = 1\n''''\nc = 1", {("a",): 1, ("c",): 4}),
        ('a = "x # ] \\" y"\nb = \'\\\'\nc = ""', {("a",): 1, ("b",): 2, ("c",): 3}),
        ('"a.b" = 1\n\'c d\' = 2\n"\\u0065" = 3\n["t]"]', {("a.b",): 1, ("c d",): 2, ("e",): 3, ("t]",): 4}),
        ("a = 1979-05-27 07:32:00\r\nb = 1\r\n", {("a",): 1, ("b",): 2}),
    ],
)
def test_every_key_has_its_line(text: str, expected: dict[KeyPath, int]) -> None:
    tomli.loads(text)  # the table is about valid TOML
    assert lines_of(text) == expected


names = st.text(alphabet="ab.]# \"'=é", min_size=1, max_size=3)
texts = st.text(alphabet="a#[]{}=,\"'\\ \n", max_size=6)
values = st.recursive(
    st.integers() | st.booleans() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(names, values, max_size=4)


def written(value: Any, breaks: str) -> str:
    """A value as TOML; inside lists, every entry after ``breaks``."""
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return quoted(value)
        case list():
            return "[" + ",".join(f"{breaks}{written(entry, breaks)}" for entry in value) + f"{breaks}]"
        case _:
            return "{" + ", ".join(f"{quoted(key)} = {written(entry, '')}" for key, entry in value.items()) + "}"


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def paths(value: Any, path: KeyPath = ()) -> set[KeyPath]:
    """Every key and entry in a parsed document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {deeper for key, entry in inner for deeper in ({(*path, key)} | paths(entry, (*path, key)))}


@given(documents, st.sampled_from(["", " ", "\n", "  # ], }\n\n"]))
def test_whatever_tomli_reads_has_a_line_for_each_of_its_keys(document: dict[str, Any], breaks: str) -> None:
    text = "".join(f"{quoted(key)} = {written(value, breaks)}\n" for key, value in document.items())
    assert tomli.loads(text) == document
    lines = lines_of(text)
    assert set(lines) == paths(document)
    for key in document:
        assert text.splitlines()[lines[(key,)] - 1].startswith(quoted(key))
