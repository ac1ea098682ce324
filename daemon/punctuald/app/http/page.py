"""Builds the page, and the thread that serves it, in the observer's process. What it stands on is an extra, and is
imported only where there is to be a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from punctuald.app.outline import Outline
from punctuald.config import host_and_port
from punctuald.process.http.listening import listen_at
from punctuald.process.observer.interval_history import IntervalHistory
from punctuald.process.observer.status.decision_history import DecisionHistory
from punctuald.view.dashboard.known_span import Keeping
from punctuald.view.dashboard.page_charts import page_charts

from .site import Document

if TYPE_CHECKING:
    from punctuald.process.web.feed import News
    from punctuald.process.web.page import WebPage


def build_page(
    outline: Outline, status: Document, history: IntervalHistory, decisions: DecisionHistory, *, is_anew: bool
) -> WebPage | None:
    """None where the settings want none, or the port can't be had. ``status`` gives the status document.
    ``is_anew``: there was an observer before this one."""
    listen = outline.settings.web.listen
    listening = listen_at(*host_and_port(listen)) if listen else None
    if listening is None:
        return None
    from punctuald.process.web.events import Events  # noqa: PLC0415 - stands on an extra
    from punctuald.process.web.feed import Feed  # noqa: PLC0415
    from punctuald.process.web.page import WebPage  # noqa: PLC0415
    from punctuald.process.web.server import WebServer  # noqa: PLC0415
    from punctuald.process.web.site import build_site  # noqa: PLC0415

    keeping = Keeping(
        history.begun_utc, is_anew, outline.settings.logging.level, outline.settings.logging.interval_seconds
    )

    def charts(news: News) -> object:
        return page_charts(news.intervals, news.changes, outline.threshold_seconds, keeping)

    feed = Feed()
    server = WebServer(listening, build_site(Events(feed, charts), outline.clock), feed, outline.clock)
    server.start()
    return WebPage(server, feed, status, history, decisions, outline.clock)
