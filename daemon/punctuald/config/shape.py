"""The shape of the configuration, read from its JSON schema: which keys there are, and what each allows.

The schema is read and not the models, so that editors, error messages and environment variables all follow the same
rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .problem import KeyPath, shown

Node = Mapping[str, Any]

KINDS = {"boolean": "true or false", "string": "text", "array": "a list", "object": "a table"}


class Shape:
    """Walks a JSON schema by the configuration's own keys."""

    def __init__(self, schema: Node) -> None:
        self._schema = schema

    def at(self, path: KeyPath) -> Node | None:
        """The schema of the setting at ``path``; None where there is no such setting."""
        node: Node | None = self._schema
        for part in path:
            if node is None:
                return None
            node = self._resolved(_items(node) if isinstance(part, int) else _properties(node).get(part))
        return node

    def names(self, path: KeyPath) -> list[str]:
        """The keys that the table at ``path`` may have."""
        return list(_properties(self.at(path) or {}))

    def known(self, path: KeyPath) -> KeyPath:
        """The longest part of ``path`` that leads to a setting. What pydantic adds to it, the names of a union's
        branches, is left out."""
        found: KeyPath = ()
        for place, part in enumerate(path):
            if self.at((*found, part)) is not None:
                found = (*found, part)
            elif not is_list(self.at(found) or {}) or place + 1 == len(path):
                break
        return found

    def spelt(self, words: Sequence[str], path: KeyPath = ()) -> KeyPath | None:
        """The setting below ``path`` whose keys, cut at each "_", are ``words``; None where there is none. So it finds
        what a variable means whose underscores are too few or too many."""
        if not words:
            return path or None
        if _items(self.at(path) or {}) is not None:
            return self.spelt(words[1:], (*path, int(words[0]))) if words[0].isdecimal() else None
        for name in self.names(path):
            length = len(name.split("_"))
            if name.split("_") == list(words[:length]):
                found = self.spelt(words[length:], (*path, name))
                if found is not None:
                    return found
        return None

    def _resolved(self, node: Node | None) -> Node | None:
        """``node`` with its reference replaced: a table is defined once under ``$defs``, and keys beside the reference
        take precedence over the definition's own."""
        if node is None or "$ref" not in node:
            return node
        definition = self._schema["$defs"][node["$ref"].rpartition("/")[2]]
        return {**definition, **{key: value for key, value in node.items() if key != "$ref"}}


def _properties(node: Node) -> Mapping[str, Node]:
    properties: Mapping[str, Node] = node.get("properties", {})
    return properties


def _items(node: Node) -> Node | None:
    return list_of(node).get("items")


def list_of(node: Node) -> Node:
    """The node itself, or of a union the branch that is a list, where one is."""
    return next((branch for branch in branches(node) if "items" in branch), node)


def branches(node: Node) -> Sequence[Node]:
    """Of a union."""
    return [*node.get("anyOf", ()), *node.get("oneOf", ())]


def is_list(node: Node) -> bool:
    """Whether a list may stand here."""
    return _items(node) is not None


def allowed(node: Node) -> str:
    """What may stand here, in words."""
    if "x-allowed" in node:
        return str(node["x-allowed"])
    if branches(node):
        return " or ".join(allowed(branch) for branch in branches(node)) + _unit(node)
    if "enum" in node or "const" in node:
        *others, last = (shown(choice) for choice in node.get("enum", [node.get("const")]))
        return f"{', '.join(others)} or {last}" if others else last
    if node.get("type") in {"integer", "number"}:
        return f"a {'whole ' if node['type'] == 'integer' else ''}number, {numbers(node)}"
    return KINDS.get(node.get("type", ""), "something else")


def numbers(node: Node) -> str:
    """The range of a number, with its unit. Of a union, the range of the branch that is a number."""
    for branch in branches(node) or [node]:
        if "minimum" in branch:
            return f"{branch['minimum']} to {branch['maximum']}{_unit(node)}"
    return allowed(node)


def _unit(node: Node) -> str:
    unit = node.get("x-unit")
    return f" {unit}" if unit else ""
