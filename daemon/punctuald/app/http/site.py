"""Builds the HTTP server of the observer, and its pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from punctuald.app.outline import Outline
from punctuald.app.readiness import Readiness
from punctuald.clock import Clock
from punctuald.config import host_and_port
from punctuald.process.http.answer import Answer, as_json
from punctuald.process.http.listening import listen_at
from punctuald.process.http.pages import FreshPage, Page
from punctuald.process.http.server import HttpServer
from punctuald.process.http.site import Site
from punctuald.process.observer.health import Health

from .metrics import metrics_page

Document = Callable[[], Mapping[str, Any]]


def build_http(outline: Outline, readiness: Readiness, status: Document) -> HttpServer | None:
    """None where the settings want none, or the port can't be had. ``status`` gives the status document."""
    listen = outline.settings.http.listen
    listening = listen_at(*host_and_port(listen)) if listen else None
    return None if listening is None else HttpServer(listening, Site(_pages(outline, readiness, status)), outline.clock)


def _pages(outline: Outline, readiness: Readiness, status: Document) -> Mapping[str, Page]:
    clock = outline.clock
    health = Health(outline.board.tables.supervisor_words, clock)
    return {
        "/metrics": metrics_page(outline, readiness, status),
        "/healthz": _verdict("/healthz", health.document, "healthy", clock),
        "/readyz": _verdict("/readyz", readiness.document, "ready", clock),
        "/status.json": FreshPage("/status.json", lambda: as_json(status()), clock),
    }


def _verdict(path: str, document: Document, key: str, clock: Clock) -> Page:
    """200 where what is at ``key`` is true, else 503."""

    def build() -> Answer:
        said = document()
        return as_json(said, HTTPStatus.OK if said[key] else HTTPStatus.SERVICE_UNAVAILABLE)

    return FreshPage(path, build, clock)
