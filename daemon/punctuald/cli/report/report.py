"""The command and its options."""

from __future__ import annotations

import os
from pathlib import Path

import click

from punctuald.cli.needs import need_modules
from punctuald.cli.options import WrongOptionsError, config_option

from .changes import question
from .log_options import LogChoice, log_options

NEEDED = ("duckdb",)
WHAT_IF_NEEDED = ("numpy",)
PAGE = Path("punctuald-report.html")


@click.command("report")
@log_options
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    default=PAGE,
    show_default=True,
    help="Where to write the page.",
)
@click.option("--no-html", is_flag=True, help="Write no page.")
@click.option(
    "--prices",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="What calls and workers cost (TOML), instead of the list prices of SQS.",
)
@config_option
@click.option(
    "--what-if",
    "changes",
    multiple=True,
    metavar="CHANGE",
    help="What would have come of it with another configuration, a FILE, or with changes to this one: workers=+1, "
    "tier.NAME=2, pool.slots=8; several with commas, or one answer for each --what-if.",
)
@click.option("--compare", nargs=2, metavar="A B", help="Two logs, or two spans FROM..TO of one, beside each other.")
@click.option("--sql", metavar="QUERY", help="No report, but the answer to this: docs/report.md has the tables.")
@click.option("--json", "as_json", is_flag=True, help="All figures, or the answer, as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="With --sql: the answer as CSV.")
def command(
    choice: LogChoice,
    page: Path,
    prices: Path | None,
    config_path: Path,
    changes: tuple[str, ...],
    compare: tuple[str, str] | None,
    sql: str | None,
    *,
    no_html: bool,
    as_json: bool,
    as_csv: bool,
) -> int:
    """Whether messages were on time, why not, and what was done about it: from the daemon's log, in JSON.

    LOG is a file, also gzipped, a folder of them, or - for stdin. Several hosts' logs are added up. Writes a page that
    needs no network, and prints the same as text. The status is 1 if the log says nothing about messages.
    """
    need_modules("punctuald report", NEEDED, "report")
    from . import carried_out  # noqa: PLC0415 - only now is it known that DuckDB is there

    if as_csv and (sql is None or as_json):
        raise WrongOptionsError("--csv: is for --sql, and without --json.")
    if compare is not None and (sql is not None or as_json):
        raise WrongOptionsError("--compare: goes neither with --sql nor with --json.")
    if changes and (compare is not None or sql is not None):
        raise WrongOptionsError("--what-if: goes neither with --compare nor with --sql.")
    if changes:
        need_modules("punctuald report --what-if", WHAT_IF_NEEDED, "simulate")
    if sql is not None:
        return carried_out.answer(choice, sql, as_json=as_json, as_csv=as_csv)
    target = None if no_html else page
    if compare is not None:
        return carried_out.compare(choice, compare, prices, target)
    asked = question(config_path, changes, os.environ) if changes else None
    return carried_out.report(choice, prices, asked, target, as_json=as_json)
