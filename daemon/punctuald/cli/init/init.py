"""`punctuald init`: what a newcomer begins with."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

import click
from pydantic import ValidationError

from punctuald.cli.check import handlers_status
from punctuald.cli.options import WrongOptionsError
from punctuald.config import QueueSettings, SourceSettings, StreamSettings, TopicSettings, load
from punctuald.errors import PunctualdError
from punctuald.process.exit_status import ExitStatus

from .configuration import first_configuration
from .package_data import EXAMPLE, text_of
from .service import INSTALLED_CONFIG, service_files, warnings, what_comes_next

HANDLER = "shop:handle"
DEFAULT_QUEUE = "orders"
OF_A_QUEUE = {"name": ("--queue", "the name of an SQS queue")}
OF_A_STREAM = {"name": ("--stream", "the name of a Kinesis stream")}
OF_A_TOPIC = {"name": ("--topic", "the name of a Kafka topic"), "brokers": ("--brokers", "HOST:PORT,…")}
"""For each setting its option, and what that should be."""
SHOP = Path(__file__).with_name("shop.py")


@click.command("init")
@click.argument("directory", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option("--queue", show_default=DEFAULT_QUEUE, help="The queue's name.")
@click.option("--topic", help="Drain a Kafka topic of that name instead; with --brokers.")
@click.option("--brokers", metavar="HOST:PORT", help="Some of the topic's brokers, with commas between.")
@click.option("--stream", help="Drain a Kinesis stream of that name instead.")
@click.option("--systemd", is_flag=True, help="Write systemd units for this installation, and their user, instead.")
@click.option(
    "-c",
    "--config",
    "config_path",
    type=click.Path(path_type=Path, readable=False),
    help="With --systemd: the configuration that the limits of the unit have to fit."
    f"  [default: {INSTALLED_CONFIG}, if it is there]",
)
def command(
    directory: Path,
    queue: str | None,
    topic: str | None,
    brokers: str | None,
    stream: str | None,
    config_path: Path | None,
    *,
    systemd: bool,
) -> int:
    """Write config.toml and a handler, shop.py, into DIRECTORY, and check them.

    What is there already is never overwritten: the status is then 1, and nothing is written.
    """
    if systemd:
        return _systemd(directory, config_path)
    if config_path:
        raise WrongOptionsError("--config goes with --systemd; the configuration is written into DIRECTORY")
    kind, given = _source(queue, topic, brokers, stream)
    config = directory / "config.toml"
    _write({config: first_configuration(text_of(EXAMPLE), kind, given), directory / "shop.py": SHOP.read_text()})
    settings = load(config, os.environ)
    click.echo(f"{config}: ok")
    status = handlers_status(config, settings)
    if status == ExitStatus.OK:
        option = "" if config == Path("config.toml") else f" -c {shlex.quote(str(config))}"
        click.echo(f"next:\n  punctuald check --connect{option}\n  punctuald run{option}")
    return status


def _source(
    queue: str | None, topic: str | None, brokers: str | None, stream: str | None
) -> tuple[str, Mapping[str, str]]:
    """The kind of the source and its settings. Raises `click.ClickException` for what can't be right."""
    if sum(name is not None for name in (queue, topic, stream)) > 1:
        raise WrongOptionsError("give --queue, --topic or --stream; further tables are written by hand")
    if (topic is None) != (brokers is None):
        raise WrongOptionsError("--topic NAME and --brokers HOST:PORT go together")
    if topic is not None and brokers is not None:
        given = {"name": topic, "brokers": brokers, "handler": HANDLER}
        _refuse(TopicSettings, given, OF_A_TOPIC)
        return TopicSettings.kind, given
    if stream is not None:
        given = {"name": stream, "handler": HANDLER}
        _refuse(StreamSettings, given, OF_A_STREAM)
        return StreamSettings.kind, given
    given = {"name": DEFAULT_QUEUE if queue is None else queue, "handler": HANDLER}
    _refuse(QueueSettings, given, OF_A_QUEUE)
    return QueueSettings.kind, given


def _refuse(settings: type[SourceSettings], given: Mapping[str, str], options: Mapping[str, tuple[str, str]]) -> None:
    """Raises `click.BadParameter`, by the first of ``options`` that is wrong."""
    try:
        settings.model_validate(given)
    except ValidationError as wrong:
        name = str(wrong.errors()[0]["loc"][0])
        option, what = options[name]
        raise click.BadParameter(f"{given[name]!r} can't be {what}", param_hint=option) from None


def _write(texts: Mapping[Path, str]) -> None:
    """All of them, or none; raises `PunctualdError`."""
    made: list[Path] = []
    try:
        for path in texts:
            if path.exists() or path.is_symlink():
                raise PunctualdError(f"{path} is there already: nothing was written")
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                made.append(path)
                file.write(text)
    except OSError as error:
        _remove(made)
        raise PunctualdError(f"{path}: {error.strerror}") from None
    for path in texts:
        click.echo(f"{path}: written")


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()


def _systemd(directory: Path, config_path: Path | None) -> int:
    files = service_files(directory, config_path)
    _write(files)
    for warning in warnings(config_path):
        click.echo(warning, err=True)
    click.echo(what_comes_next(directory, files))
    return ExitStatus.OK
