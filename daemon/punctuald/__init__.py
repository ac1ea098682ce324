"""punctuald drains queues on time. This is what handlers import; for their tests there is `punctuald.testing`."""

from .errors import Discard, Reject, Retry, Unavailable, Wait
from .model import Message
from .worker_info import WorkerInfo

__all__ = ["Discard", "Message", "Reject", "Retry", "Unavailable", "Wait", "WorkerInfo"]
__version__ = "0.1.0"
