"""An owner of partitions, for tests of a client alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from punctuald.source.kafka.group.owner import Epochs


class Owning:
    """Knows what it was given, and says of what goes how far it is done."""

    def __init__(self) -> None:
        self.epochs: dict[int, int] = {}
        self.done: dict[int, int] = {}

    def gained(self, epochs: Epochs) -> None:
        self.epochs |= epochs

    def revoked(self, partitions: Collection[int]) -> Mapping[int, int]:
        self.lost(partitions)
        return {number: self.done[number] for number in partitions if number in self.done}

    def lost(self, partitions: Collection[int]) -> None:
        for number in partitions:
            del self.epochs[number]
