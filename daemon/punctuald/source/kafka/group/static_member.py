"""Which static member of its group a worker is: a number that no other worker of this machine has at the same time.

Two clients with one `group.instance.id` throw each other out of the group. So a worker's successor must not have its
number before it has left, and whoever is killed must not keep it.
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable
from contextlib import suppress


class StaticMember:
    """``identity`` names host, daemon, topic and group; ``members`` says how many workers there are to be.

    The lowest free number below that is taken. Where each is taken already, one of their owners is about to go, and its
    partitions are waiting for whoever has its number next: so a worker that is to replace another one waits for that.
    """

    def __init__(self, identity: str, members: Callable[[], int]) -> None:
        self._identity = identity
        self._members = members
        self._held: socket.socket | None = None
        self.id = ""

    def take(self) -> bool:
        """Whether this worker has a number, from now on if not before."""
        if self._held is None:
            for number in range(self._members()):
                member_id = f"{self._identity}-{number}"
                if (held := _bound(member_id)) is not None:
                    self._held, self.id = held, member_id
                    break
        return self._held is not None

    def release(self) -> None:
        """Another worker may have it: this one has left the group."""
        if self._held is not None:
            self._held.close()
            self._held = None


def _bound(member_id: str) -> socket.socket | None:
    """A socket with an abstract name (unix(7)): one process at a time can have it, and the kernel takes it back however
    that ends. A lock file would do the same, and would have to be put somewhere."""
    name = b"\0punctuald/" + hashlib.blake2s(member_id.encode(), digest_size=16).hexdigest().encode()
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with suppress(OSError):
        bound.bind(name)
        return bound
    bound.close()
    return None
