"""A way to a service that can't be had yet: one source's bad address must not keep a worker from its others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class Api(Protocol):
    """What every source's way to its service has."""

    @property
    def region(self) -> str:
        """The region that requests are signed for."""
        ...

    @property
    def endpoint_url(self) -> str:
        """Where requests go."""
        ...

    async def close(self) -> None:
        """Let go of what calls have opened."""
        ...


ApiT = TypeVar("ApiT", bound=Api)


class LateApi(Generic[ApiT]):
    """Each call asks `_made` for the api, which tries ``make`` until it succeeds; what that raises is what the call
    raises. ``region`` and ``endpoint`` are as configured, for texts until it is made."""

    def __init__(self, make: Callable[[], ApiT], region: str, endpoint: str) -> None:
        self._make = make
        self._region = region
        self._endpoint = endpoint
        self._api: ApiT | None = None

    @property
    def region(self) -> str:
        """See `Api.region`; as configured until it is made."""
        return self._region if self._api is None else self._api.region

    @property
    def endpoint_url(self) -> str:
        """See `Api.endpoint_url`; as configured until it is made."""
        return self._endpoint if self._api is None else self._api.endpoint_url

    async def close(self) -> None:
        """See `Api.close`."""
        if self._api is not None:
            await self._api.close()

    def _made(self) -> ApiT:
        if self._api is None:
            self._api = self._make()
        return self._api
