"""Which dead-lettered messages are meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from punctuald.model import Message
from punctuald.ports import REASON_ATTRIBUTE

ATTRIBUTE = "attribute."


@dataclass(frozen=True, slots=True)
class Filter:
    """``field``: "reason" or "body", of which ``wanted`` is a part; "group", or "attribute." and a name, which is just
    ``wanted``."""

    field: str
    wanted: str

    @property
    def is_one(self) -> bool:
        """Whether there is such a field."""
        return self.field in _MATCHES or len(self.field.removeprefix(ATTRIBUTE)) < len(self.field) > len(ATTRIBUTE)

    def matches(self, message: Message) -> bool:
        """Whether this message is meant; one without the field never is."""
        if self.field in _MATCHES:
            return _MATCHES[self.field](message, self.wanted)
        return message.attributes.get(self.field.removeprefix(ATTRIBUTE)) == self.wanted


def is_chosen(message: Message, filters: Sequence[Filter]) -> bool:
    """Whether all filters match; without any, everything is meant."""
    return all(each.matches(message) for each in filters)


_MATCHES: Mapping[str, Callable[[Message, str], bool]] = {
    "reason": lambda message, wanted: wanted in message.attributes.get(REASON_ATTRIBUTE, ""),
    "body": lambda message, wanted: wanted in message.body,
    "group": lambda message, wanted: wanted in (message.group, message.tenant),
}
