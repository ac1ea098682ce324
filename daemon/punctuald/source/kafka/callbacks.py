"""Callbacks of ours that the library calls: nothing that they raise may leave them."""

from __future__ import annotations

from collections.abc import Callable


class CallbackError(RuntimeError):
    """A callback of ours failed."""


class Callbacks:
    """An exception that leaves a callback is raised by the call that serves it, and the records which that has read by
    then are lost. So it is kept, and raised by us when nothing is in the way."""

    def __init__(self) -> None:
        self._failure: Exception | None = None

    def guarded(self, call: Callable[..., None]) -> Callable[..., None]:
        """``call`` as the library may have it."""

        def guarded(*arguments: object) -> None:
            try:
                call(*arguments)
            except Exception as error:  # noqa: BLE001 - raised by `raise_failure`
                self.keep(error)

        return guarded

    def keep(self, error: Exception) -> None:
        """Raise it later; of several the first."""
        self._failure = self._failure or error

    def raise_failure(self) -> None:
        """What was kept, once."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise CallbackError(f"{type(failure).__name__}: {failure}") from failure
