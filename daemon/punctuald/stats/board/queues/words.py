"""The words that each queue has in a row for what its worker says of it, besides what is counted."""

from __future__ import annotations

# Of each queue that is a stream: when (written last), how many records it is behind, by how many milliseconds, how many
# leases it holds, and how many there are. Of each queue without limits, stream or not: when the newest message that
# came for the first time was sent, or due, in milliseconds since the epoch, on the broker's clock; and how many ever
# came, each counted when it is due (written after it).
LAG_SAID, LAG_RECORDS, LAG_BEHIND, LAG_HELD, LAG_LEASES, LAG_NEWEST_SENT, LAG_ARRIVED = range(7)
LAG_WORDS = 7

# Of each queue's limits: messages that run, and that wait for a limit, whether it is paused, its handler's kind,
# whether the worker receives and so can start messages of it, and handlers that it ever started.
LIMIT_RUNNING, LIMIT_WAITING, LIMIT_PAUSED, LIMIT_KIND, LIMIT_RECEIVES, LIMIT_STARTED = range(6)
LIMIT_WORDS = 6
