"""What a page prints is there: commands with their options, targets of make, modules that are run, settings."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from printed_examples import FENCE
from punctuald.cli import commands

PROJECT = Path(__file__).parents[2]
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
SHELLS = ("sh", "console")
ASSIGNMENT = re.compile(r"\w+=")
CONTROL = {"|", "||", "&", "&&", ";", "<", ">", ">>", "2>"}
LEAST_COMMANDS = 30


def code_of(page: Path) -> Iterator[str]:
    """Each line of the page's shell blocks, variables filled in, and each piece of code within a sentence."""
    text = page.read_text(encoding="utf-8")
    for language, block in FENCE.findall(text):
        if language in SHELLS:
            yield from lines_of(block.replace("\\\n", " "))
    yield from re.findall(r"`([^`\n]+)`", FENCE.sub("", text))


def lines_of(block: str) -> Iterator[str]:
    variables = dict(re.findall(r'^(\w+)="([^"]+)"', block, re.MULTILINE))
    for line in block.splitlines():
        yield re.sub(r"\$(\w+)", lambda found: variables.get(found[1], found[0]), line)


def commands_of(page: Path) -> Iterator[tuple[str, ...]]:
    """The arguments of each `punctuald COMMAND` that it prints."""
    for line in code_of(page):
        if "punctuald" in line:
            yield from calls_in(words_of(line))


def words_of(line: str) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError:  # half a quotation, as in a sentence of jq
        return []


def calls_in(words: list[str]) -> Iterator[tuple[str, ...]]:
    """Where `punctuald` is what is called: nothing stands before it but variables and a prompt."""
    statement: list[str] = []
    for word in [*words, ";"]:
        if word not in CONTROL:
            statement.append(word)
            continue
        called = [part for part in statement if part != "$" and not ASSIGNMENT.match(part)]
        if len(called) > 1 and Path(called[0]).name == "punctuald":
            yield tuple(called[1:])
        statement = []


PRINTED = sorted({(page.name, call) for page in PAGES for call in commands_of(page)})


@pytest.mark.parametrize(("page", "call"), PRINTED, ids=lambda part: part if isinstance(part, str) else " ".join(part))
def test_a_printed_command_is_one_and_has_these_options(page: str, call: tuple[str, ...]) -> None:
    """Options without their value are mentioned in a sentence; whether files are there is not looked at."""
    command = commands if call[0].startswith("-") else commands.get_command(click.Context(commands), call[0])
    assert command is not None, page

    arguments = list(call if command is commands else call[1:])
    while command is not commands and isinstance(command, click.Group) and arguments:
        command = command.get_command(click.Context(command), arguments.pop(0))
        assert command is not None, page
    assert unknown_option(command, arguments) is None, page


def unknown_option(command: click.Command, arguments: list[str]) -> str | None:
    last = arguments[-1] if arguments else ""  # before the parser takes words away from the list
    try:
        command.make_parser(click.Context(command)).parse_args(arguments)
    except click.NoSuchOption as problem:
        return problem.option_name
    except click.BadOptionUsage as problem:  # no value: all right where it is the last word of a sentence's piece
        return None if problem.option_name == last else problem.option_name
    return None


def test_the_commands_are_found() -> None:
    assert len(PRINTED) >= LEAST_COMMANDS
    assert {"run", "check", "simulate"} <= {call[0] for _, call in PRINTED}


def test_every_target_of_make_is_there() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    named = {target for page in PAGES for line in code_of(page) for target in re.findall(r"^make ([a-z][a-z-]*)", line)}

    assert [target for target in sorted(named) if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []
    assert {"test", "demo", "bench"} <= named


def test_every_module_that_is_run_is_there() -> None:
    modules = {
        module for page in PAGES for line in code_of(page) for module in re.findall(r"python -m (\w+\.[\w.]+)", line)
    }

    assert [name for name in modules if not (PROJECT / "tests" / f"{name.replace('.', '/')}.py").is_file()] == []
    assert modules


def test_every_setting_that_a_page_names_with_its_section_is_there() -> None:
    """As `[pool] slots` or `pool.slots`."""
    settings = tomllib.loads((PROJECT / "config.toml").read_text(encoding="utf-8"))
    named = {
        (section, name)
        for page in PAGES
        for code in code_of(page)
        for section, name in re.findall(r"^\[?(pool|scaling|sla|logging)(?:\] |\.)([a-z_]+)\b(?!\()", code)
    }

    unknown = sorted(f"{section}.{name}" for section, name in named if name not in settings[section])
    events = (PROJECT / "docs" / "events.md").read_text(encoding="utf-8")
    assert [name for name in unknown if f"\n| `{name}` |" not in events] == []
    assert len(named) > 12
