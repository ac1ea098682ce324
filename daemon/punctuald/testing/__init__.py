"""For the tests of handlers' authors: call a handler, or drain a queue with it, as the daemon would, without a server.

`run_handler` calls a handler and says what it made of each message; `message` makes a message. A `MemoryQueue` is
drained by the daemon's own delivery, with retries, ordered groups and a dead-letter queue, on a `ManualClock`;
`started` calls a module's hooks. Works in any test framework, and needs none. How handlers are written and tested:
docs/handlers.md.
"""

from punctuald.clock import ManualClock

from .calls import run_handler
from .messages import message
from .queue import DeadLetter, MemoryQueue
from .result import Result
from .started import started

__all__ = ["DeadLetter", "ManualClock", "MemoryQueue", "Result", "message", "run_handler", "started"]
