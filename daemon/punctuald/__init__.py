"""punctuald drains queues on time. This is what handlers import; for their tests there is `punctuald.testing`."""

from .errors import Discard, Reject, Retry, Unavailable, Wait
from .model import Message

__all__ = ["Discard", "Message", "Reject", "Retry", "Unavailable", "Wait"]
__version__ = "0.1.0"
