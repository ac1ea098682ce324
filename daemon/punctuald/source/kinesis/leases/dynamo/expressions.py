"""Writes as DynamoDB takes them: expressions, with a stand-in for each name and value.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from punctuald.policy.leases.changes import Change

from .attribute_values import Item, to_value


class Expressions:
    """Gives out stand-ins, so that no name can be a reserved word."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Mapping[str, Any]] = {}

    def name(self, name: str) -> str:
        """The stand-in of an attribute's name."""
        stand_in = f"#{len(self.names)}"
        self.names[stand_in] = name
        return stand_in

    def value(self, value: Any) -> str:
        """The stand-in of a value."""
        stand_in = f":{len(self.values)}"
        self.values[stand_in] = to_value(value)
        return stand_in

    def condition(self, key: str, when: Mapping[str, Any]) -> str:
        """The row is there, and all of ``when`` holds: an update without the first makes a row of nothing."""
        terms = [f"attribute_exists({self.name(key)})"]
        for name, value in when.items():
            stand_in = self.name(name)
            terms.append(f"attribute_not_exists({stand_in})" if value is None else f"{stand_in} = {self.value(value)}")
        return " AND ".join(terms)

    def parameters(self) -> dict[str, Any]:
        """The stand-ins and what they stand for; DynamoDB refuses an empty mapping."""
        named = {"ExpressionAttributeNames": self.names, "ExpressionAttributeValues": self.values}
        return {name: given for name, given in named.items() if given}


def create_parameters(key: str, item: Item) -> dict[str, Any]:
    """For PutItem, of a row that is not there."""
    expressions = Expressions()
    condition = f"attribute_not_exists({expressions.name(key)})"
    return {"Item": item, "ConditionExpression": condition, **expressions.parameters()}


def update_parameters(key: str, value: str, change: Change) -> dict[str, Any]:
    """For UpdateItem, answered with the whole row."""
    expressions = Expressions()
    condition = expressions.condition(key, change.when)
    sets = [f"{expressions.name(name)} = {expressions.value(to)}" for name, to in change.set.items()]
    removes = [expressions.name(name) for name in sorted(change.remove)]
    parts = ("SET " + ", ".join(sets) if sets else "", "REMOVE " + ", ".join(removes) if removes else "")
    return {
        "Key": {key: to_value(value)},
        "UpdateExpression": " ".join(part for part in parts if part),
        "ConditionExpression": condition,
        "ReturnValues": "ALL_NEW",
        **expressions.parameters(),
    }


def delete_parameters(key: str, value: str, when: Mapping[str, Any]) -> dict[str, Any]:
    """For DeleteItem."""
    expressions = Expressions()
    condition = expressions.condition(key, when)
    return {"Key": {key: to_value(value)}, "ConditionExpression": condition, **expressions.parameters()}
