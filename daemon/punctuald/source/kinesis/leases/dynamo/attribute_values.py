"""Rows as DynamoDB has them: each value in a mapping that says its kind.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from punctuald.policy.leases.lease import Row

Item = Mapping[str, Mapping[str, Any]]


def to_item(row: Mapping[str, Any]) -> Item:
    """As it is sent. A mapping is sent as it is: it came from there."""
    return {name: to_value(value) for name, value in row.items()}


def to_value(value: Any) -> Mapping[str, Any]:
    """Numbers as text: DynamoDB has 38 digits, and sequence numbers, which have more, are text anyway."""
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, int | float):
        return {"N": repr(value)}
    if isinstance(value, frozenset):
        return {"SS": sorted(value)}
    sent: Mapping[str, Any] = value
    return sent


def to_row(item: Item) -> Row:
    """As it came, with what is no text, number or set of texts left as it is."""
    return {name: _from_value(value) for name, value in item.items()}


def _from_value(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    if kind == "S":
        return content
    if kind == "N":
        return float(content) if "." in content or "E" in content.upper() else int(content)
    return frozenset(content) if kind == "SS" else value
