"""What a rival is to a comparison: a name, its published settings, and a grid of others to be tuned over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from punctuald.simulate.scalers.scaler import Scaler


class Recipe(Protocol):
    """Settings of one law, from which as many scalers can be made as there are runs."""

    @property
    def label(self) -> str:
        """The settings that matter, in a few words."""
        ...

    def scaler(self) -> Scaler:
        """A new one, that remembers nothing yet."""
        ...


@dataclass(frozen=True, slots=True)
class Rival:
    """One law. ``variants`` are what hindsight may choose from, the published settings among them."""

    name: str
    published: Recipe
    variants: tuple[Recipe, ...]


def grid(published: Recipe, others: Iterable[Recipe]) -> tuple[Recipe, ...]:
    """``published`` first, then the others, each once."""
    return tuple(dict.fromkeys((published, *others)))
