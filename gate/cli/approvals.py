"""`gate approvals`: the approval matrix of a `.gate` folder, written out, and one answer of it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from gate.cli.help import HelpFormatter
from gate.collect.beneath import walk_beneath
from gate.errors import CollectError, UsageError
from gate.evaluate.catalogue import bundled_rules
from gate.judge.enforcement import check_without_engine
from gate.judge.matrix_lint import Answer, count_people, lint_matrix, write_out
from gate.report.console import emit
from gate.report.table import render_table
from gate.schema.collected import SiteFolder
from gate.schema.finding import SURFACES
from gate.schema.site import ACTIONS, Site
from gate.schema.votes import Requirement
from gate.site import load_site
from gate.text import neutralise

_MAX_BYTES = 64 * 1024**2
_EPILOG = """\
examples:
  gate approvals
  gate approvals docs/examples/gate --surface iam
  gate approvals --surface data --environment production --action delete --count 12
  gate approvals --author person --format json
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `approvals`."""
    parser = subparsers.add_parser(
        "approvals",
        help="who must approve what: the approval matrix, written out",
        description="Who must approve what, by surface, environment, action and number; where it "
        "comes from, and where no row of the matrix speaks.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "dir",
        nargs="?",
        default=".",
        metavar="DIR",
        help="a repository, or its .gate folder (default: here)",
    )
    parser.add_argument("--surface", help="this surface only")
    parser.add_argument("--environment", help="this environment only")
    parser.add_argument("--action", help="this action only")
    parser.add_argument("--count", type=int, metavar="N", help="when N resources of it change")
    parser.add_argument(
        "--author",
        choices=("agent", "person"),
        default="agent",
        help="on an agent's change, or a person's own",
    )
    parser.add_argument("--format", choices=("console", "json"), default="console")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    site = load_site(_folder(arguments.dir))
    check_without_engine(site, bundled_rules())
    answers = _chosen(arguments, site)
    filters = (arguments.surface, arguments.environment, arguments.action, arguments.count)
    notes = () if any(filters) else lint_matrix(site.config, site.lines)
    if arguments.format == "json":
        document = {
            "author": arguments.author,
            "present": site.present,
            "environments": [name for name in site.config.environment_names() if name],
            "answers": [_plain(answer, site) for answer in answers],
            "notes": notes,
        }
        emit(msgspec.json.encode(document, order="sorted").decode() + "\n")
        return 0
    is_one = len(answers) == 1 and bool(arguments.surface and arguments.action)
    emit(_sentence(answers[0], site) if is_one else _page(answers, notes, arguments, site))
    return 0


def _folder(path: str) -> SiteFolder | None:
    """The site's folder in, or at, a path; `None`: there is none."""
    if not os.path.isdir(path):
        raise UsageError(f"{path[:200]!a}: no such folder")
    inner = os.path.join(path, ".gate")
    try:
        if os.path.lexists(inner):
            return SiteFolder(files=walk_beneath(path, ".gate", _MAX_BYTES), ref=path)
        whole = os.path.abspath(path)
        name = os.path.basename(whole)
        if name == ".gate" or os.path.lexists(os.path.join(path, "gate.yml")):
            files = walk_beneath(os.path.dirname(whole), name, _MAX_BYTES)
            return SiteFolder(files=files, ref=path)
    except CollectError as error:
        raise UsageError(error.message, error.hint) from error
    return None


def _chosen(arguments: argparse.Namespace, site: Site) -> list[Answer]:
    """The answers that the arguments leave."""
    names = site.config.environment_names()
    environments = tuple(name for name in names if name)
    for word, known, what in (
        (arguments.surface, SURFACES, "surface"),
        (arguments.environment, environments, "environment"),
        (arguments.action, ACTIONS, "action"),
    ):
        if word is not None and word not in known:
            listed = ", ".join(known) or "none: the site maps none"
            raise UsageError(
                f"--{what} {neutralise(word, 60)}: no such {what}", f"Known: {listed}."
            )
    if arguments.count is not None and arguments.count < 1:
        raise UsageError(f"--count {arguments.count}: at least 1")
    chosen = [
        answer
        for answer in write_out(site.config, own_change=arguments.author == "person")
        if arguments.surface in (None, answer.surface)
        and arguments.environment in (None, answer.environment)
        and arguments.action in (None, answer.action)
        and (arguments.count is None or answer.over < arguments.count)
    ]
    if arguments.count is None:
        return chosen
    last = {(answer.surface, answer.environment, answer.action): answer for answer in chosen}
    return list(last.values())


def _plain(answer: Answer, site: Site) -> dict[str, Any]:
    need = answer.need
    found: dict[str, Any] = {
        "surface": answer.surface,
        "environment": answer.environment,
        "action": answer.action,
        "over": answer.over,
        "asked": need is not None,
    }
    if need is not None:
        found |= {
            "min": need.min,
            "teams": need.teams,
            "max_age_days": need.max_age_days,
            "code_owners": need.code_owners,
            "source": need.source,
            "line": _line(need, site),
        }
    return found


def _line(need: Requirement, site: Site) -> int | None:
    """The line of `gate.yml` that says so; `None` for a default."""
    kind, _, name = need.source.replace(".", " ").partition(" ")
    key = f"gate.yml matrix {int(name) - 1}" if kind == "matrix" else f"gate.yml {kind} {name}"
    return site.lines.get(key)


def _source(need: Requirement | None, site: Site) -> str:
    if need is None:
        return "not asked"
    line = _line(need, site)
    return f"{need.source}, line {line}" if line else need.source


def _sentence(answer: Answer, site: Site) -> str:
    where = f" in {answer.environment}" if answer.environment else ""
    over = f", more than {answer.over} resources" if answer.over else ""
    need, head = answer.need, f"{answer.surface}{where}, {answer.action}{over}"
    if need is None:
        return f"{head}: nobody, on a person's own change\n"
    fresh = f"approval no older than {_days(need)}" if need.max_age_days else ""
    parts = (f"{count_people(need.min)}{_whom(need)}", fresh, _owners(need))
    return f"{head}: {', '.join(part for part in parts if part)} ({_source(need, site)})\n"


def _whom(need: Requirement) -> str:
    return f" of {' or '.join(need.teams)}" if need.teams else ""


def _days(need: Requirement) -> str:
    days = need.max_age_days
    return "" if days is None else "1 day" if days == 1 else f"{days} days"


def _owners(need: Requirement) -> str:
    return "and a code owner of each path" if need.code_owners else ""


class _Row(NamedTuple):
    """One line of the table."""

    surface: str
    environment: str
    action: str
    over: str
    people: str
    whom: str
    source: str


_HEAD = _Row("surface", "environment", "action", "more than", "people", "of", "source")


def _page(
    answers: list[Answer], notes: Iterable[str], arguments: argparse.Namespace, site: Site
) -> str:
    rows = (_HEAD, *_rows(answers, site))
    kept = [
        at for at, name in enumerate(_HEAD) if name != "more than" or any(r.over for r in rows[1:])
    ]
    table = _table([[row[at] for at in kept] for row in rows])
    whose = "an agent's change" if arguments.author == "agent" else "a person's own change"
    absent = "" if site.present else "no .gate folder: the defaults apply\n"
    page = f"{absent}approvals asked for on {whose}\n\n{table}"
    told = [f"  {note}" for note in notes]
    return page + ("\nnotes\n" + "\n".join(told) + "\n" if told else "")


def _table(rows: list[list[str]]) -> str:
    """The rows in columns; on a terminal that is too narrow, cells are wrapped."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if sys.stdout.isatty():
        columns = max(os.get_terminal_size(sys.stdout.fileno()).columns, 60)
        if sum(widths) + 2 * len(widths) > columns:
            return render_table(rows[0], rows[1:], width=columns)
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(lines) + "\n"


def _rows(answers: list[Answer], site: Site) -> Iterator[_Row]:
    """The answers, those together that differ in their action or environment alone."""
    actions: dict[tuple[str, str, int, Requirement | None], list[str]] = {}
    for answer in answers:
        need = answer.need and msgspec.structs.replace(answer.need, environment="", action="")
        key = (answer.surface, answer.environment, answer.over, need)
        actions.setdefault(key, []).append(answer.action)
    environments: dict[tuple[str, tuple[str, ...], int, Requirement | None], list[str]] = {}
    for (surface, environment, over, need), names in actions.items():
        environments.setdefault((surface, tuple(names), over, need), []).append(environment)
    every = len(site.config.environment_names())
    for (surface, same, over, need), places in environments.items():
        yield _Row(
            surface,
            "any" if len(places) == every else ", ".join(places),
            "any" if same == ACTIONS else ", ".join(same),
            str(over) if over else "",
            str(need.min) if need is not None else "-",
            _asked(need),
            _source(need, site),
        )


def _asked(need: Requirement | None) -> str:
    if need is None:
        return ""
    parts = [" or ".join(need.teams) or "anyone eligible"]
    if need.max_age_days:
        parts.append(f"within {_days(need)}")
    if need.code_owners:
        parts.append("code owners")
    return ", ".join(parts) if need.min or need.code_owners else ""
