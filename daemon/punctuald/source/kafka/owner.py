"""Who reads the partitions that a client has, and what the two tell each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

Epochs = Mapping[int, int]
"""Of each partition, which assignment it belongs to: a number that never comes again."""

Checkpoints = Mapping[int, tuple[int, int]]
"""Of each partition its epoch, and the offset that the next owner begins at."""


class Owner(Protocol):
    """Who reads the partitions. Called in the client's thread."""

    def gained(self, epochs: Epochs) -> None:
        """These partitions are ours from now on."""

    def revoked(self, partitions: Collection[int]) -> Mapping[int, int]:
        """These go to another when this returns: finish what runs, and say how far each is done."""

    def lost(self, partitions: Collection[int]) -> None:
        """These are another's already."""


class Nobody:
    """The `Owner` of what a client holds that was let go."""

    def gained(self, epochs: Epochs) -> None:
        """See `Owner.gained`."""

    def revoked(self, partitions: Collection[int]) -> Mapping[int, int]:  # noqa: ARG002
        """See `Owner.revoked`."""
        return {}

    def lost(self, partitions: Collection[int]) -> None:
        """See `Owner.lost`."""
