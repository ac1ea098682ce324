"""Which page is at which path."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from .answer import Answer, plain
from .pages import Page
from .target import read_target

METHODS = ("GET", "HEAD")


class Site:
    """``pages`` by path; at "/" there is a list of them. Nothing here changes anything, so only `METHODS` are taken."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self._pages = pages
        self._list = f"there are: {', '.join(pages)}"

    def answer(self, method: str, target: str, accept: str) -> Answer:
        """To a request."""
        path = read_target(target).path
        page = self._pages.get(path)
        if page is None and path != "/":
            return plain(HTTPStatus.NOT_FOUND, self._list)
        if method not in METHODS:
            return plain(HTTPStatus.METHOD_NOT_ALLOWED, f"only {' and '.join(METHODS)}", allow=", ".join(METHODS))
        return plain(HTTPStatus.OK, self._list) if page is None else page.answer(accept)
