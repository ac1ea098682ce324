"""Where answers go, for tests of what gives them."""

from __future__ import annotations

from collections.abc import Mapping


class RememberedReply:
    """``said``: the answer, or the text of a refusal; None = neither yet. See `Reply`."""

    def __init__(self) -> None:
        self.said: Mapping[str, object] | str | None = None

    def answer(self, answer: Mapping[str, object]) -> None:
        """The first one counts."""
        self.said = answer if self.said is None else self.said

    def refuse(self, text: str) -> None:
        """As `answer`."""
        self.said = text if self.said is None else self.said
