"""A message's id as 128 bits, so that it fits into two words of the board."""

from __future__ import annotations

import re
from hashlib import blake2b
from uuid import UUID

LOW_64 = (1 << 64) - 1
# Lower case only, as SQS writes them: ids of another source that differ in case alone must stay two messages.
_CANONICAL_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def message_digest(message_id: str) -> int:
    """The id itself where it is a UUID (SQS's are, so a log can name it); else its BLAKE2b hash."""
    if _CANONICAL_UUID.fullmatch(message_id):
        return int(message_id.replace("-", ""), 16)
    return int.from_bytes(blake2b(message_id.encode(), digest_size=16).digest())


def message_word(text: str) -> int:
    """The digest folded to 64 bits, where one word has to do: of a message's id, or of another name."""
    whole = message_digest(text)
    return (whole >> 64) ^ (whole & LOW_64)


def row_word(name: str) -> int:
    """Whose a row is, by its first word; never 0, which is that of a row that is free."""
    return message_word(name) or 1


def digest_text(digest: int) -> str:
    """As it goes into a log: the message id where that was a UUID, else a stand-in of the same form."""
    return str(UUID(int=digest))
