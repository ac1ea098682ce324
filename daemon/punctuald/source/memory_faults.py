"""What a test lets go wrong in a memory source."""

from __future__ import annotations

import threading

from punctuald.errors import SourceError
from punctuald.model import Counter, Failure


class MemoryFaults:
    """Faults that wait to happen. Safe for threads."""

    def __init__(self) -> None:
        self._errors: dict[Counter, list[SourceError]] = {}
        self._outage: SourceError | None = None
        self._refusals: dict[str, list[tuple[str, bool]]] = {}
        self._lock = threading.Lock()

    def fail_next(self, call: Counter, error: SourceError) -> None:
        """Let the next request of this kind (one of the ``REQUEST_`` counters) raise; several queue up."""
        with self._lock:
            self._errors.setdefault(call, []).append(error)

    def begin_outage(self, error: SourceError) -> None:
        """Let every request raise this, until `end_outage`."""
        self._outage = error

    def end_outage(self) -> None:
        """All is well again."""
        self._outage = None

    def refuse(self, receipt_handle: str, *, code: str = "InternalError", retryable: bool = True) -> None:
        """Let the next batch with this handle report it as failed, and not do it."""
        with self._lock:
            self._refusals.setdefault(receipt_handle, []).append((code, retryable))

    def strike(self, call: Counter) -> None:
        """Raise what is due for a request of this kind, if anything."""
        if self._outage is not None:
            raise self._outage
        with self._lock:
            due = self._errors.get(call)
            error = due.pop(0) if due else None
        if error is not None:
            raise error

    def refusal(self, receipt_handle: str) -> Failure | None:
        """The failure that is due for one entry of a batch, if any."""
        with self._lock:
            due = self._refusals.get(receipt_handle)
            if not due:
                return None
            code, retryable = due.pop(0)
        return Failure(receipt_handle, code, "refused on demand", retryable)
