"""`[topic.client]`: further properties of the library that talks to the brokers, and where secrets come from."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from punctuald.config.fields import text
from punctuald.config.section import Section

OURS = {
    "bootstrap.servers": "brokers",
    "metadata.broker.list": "brokers",
    "group.id": "group",
    "group.protocol": "group_protocol",
    "group.instance.id": "static_members",
    "session.timeout.ms": "session_timeout_seconds",
    "auto.offset.reset": "start",
    "enable.auto.commit": "commit_interval_seconds",
    "auto.commit.enable": "commit_interval_seconds",
    "auto.commit.interval.ms": "commit_interval_seconds",
    "enable.auto.offset.store": "commit_interval_seconds",
}
"""Properties that a setting of ours decides, with that setting."""


class SecretSettings(Section):
    """A value that does not stand in the file: from a file of its own, or from the environment."""

    file: str = text("", "A file that has it, without the line's end; relative to the configuration file.")
    env: str = text("", "The environment variable that has it.")

    @model_validator(mode="after")
    def _comes_from_one_place(self) -> Self:
        if bool(self.file) == bool(self.env):
            raise ValueError("give either file or env")
        return self


Property = SecretSettings | bool | int | float | Annotated[str, Field()]
"""A property's value. The library reads text; true and false are written as it writes them."""


def refused_property(name: str) -> str:
    """Why ``name`` can't be set there; "" where it can."""
    if name in OURS:
        return f"is not allowed here: {OURS[name]} decides it"
    if name == "enable.partition.eof":
        return "is not allowed here: the end of a partition is no news to the daemon"
    return "is not allowed here: callbacks are ours" if name.endswith("_cb") else ""
