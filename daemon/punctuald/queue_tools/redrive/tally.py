"""What became of the dead letters that a run met."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """By the ids of messages, so that one which came twice counts once.

    - ``moved``: so many to each queue; of a dry run, those that would have been.
    - ``left_out``: not meant by the filters.
    - ``refused``: why each will not be moved.
    - ``behind``: of the group of one that was refused, and behind it.
    - ``came_later``: sent since the run began; what fails again at once must not go round for ever.
    - ``unseen``: so many more are behind these in their groups, and did not come.
    - ``not_deleted``: they were sent, and are still in the dead-letter queue.
    """

    expected: int
    moved: Counter[str] = field(default_factory=Counter)
    left_out: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    behind: set[str] = field(default_factory=set)
    came_later: set[str] = field(default_factory=set)
    not_deleted: set[str] = field(default_factory=set)
    unseen: int = 0
    seconds: float = 0.0

    @property
    def moved_in_all(self) -> int:
        """To whichever queue."""
        return self.moved.total()

    @property
    def is_clean(self) -> bool:
        """Whether all that was meant to was moved."""
        return not (self.refused or self.behind or self.not_deleted)
