"""Load the registry of agents, with errors that name file, line and key."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from gate.errors import ConfigError
from gate.pattern import pattern
from gate.schema.agents import AgentRecord
from gate.sitefile import read_document
from gate.trust.identity import claims, describe_claim, shared_with_everybody
from gate.trust.record import Trouble, check_record

FOLDER = "agents/"
"""Where records stand inside the `.gate` folder."""

_NAME = pattern(r"agents/([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)\.yml")


class Problem(NamedTuple):
    """One thing that is wrong with the registry."""

    file: str
    """Path, from the repository's root."""
    line: int
    """1-based."""
    key: str
    """Key, dotted; empty where the file as a whole is meant."""
    text: str
    """What is wrong."""
    hint: str = ""
    """What to do."""

    def error(self) -> ConfigError:
        """As an error to raise."""
        key = f"key {self.key}: " if self.key else ""
        return ConfigError(f"{self.file}:{self.line}: {key}{self.text}", self.hint)


def load_registry(
    files: Mapping[str, bytes], lines: dict[str, int], environments: Collection[str] = ()
) -> tuple[AgentRecord, ...] | None:
    """Every record, sorted by id.

    Args:
        files: path inside the `.gate` folder -> bytes.
        lines: gets `agents/<id>.yml <key> ...` -> 1-based line.
        environments: environments of the site's mapping; empty: it has none, and any name will do.

    Returns:
        The records; `None` when the folder has no `agents` folder, which is no registry.

    Raises:
        ConfigError: a record is broken, or two claim one identity; names file, line and key.
    """
    records, problems = read_registry(files, lines, environments)
    if problems:
        raise problems[0].error()
    return records


def read_registry(
    files: Mapping[str, bytes], lines: dict[str, int], environments: Collection[str] = ()
) -> tuple[tuple[AgentRecord, ...] | None, tuple[Problem, ...]]:
    """The records that can be read, and everything that is wrong; arguments as `load_registry`."""
    names = sorted(name for name in files if name.startswith(FOLDER))
    if not names:
        return None, ()
    problems: list[Problem] = []
    records: list[AgentRecord] = []
    for name in names:
        match = _NAME.fullmatch(name)
        if match is None:
            problems += _stranger(name)
            continue
        try:
            record = read_document(files, name, AgentRecord, lines)
        except ConfigError as error:
            problems.append(_broken(name, error))
            continue
        if record is not None:
            records.append(record)
            problems += _own(record, match[1], lines, environments)
    problems += _between(records, lines)
    return tuple(records), tuple(problems)


def _stranger(name: str) -> Iterator[Problem]:
    if name.lower().endswith((".yml", ".yaml", ".json")):
        yield Problem(
            f".gate/{name}",
            1,
            "",
            "not a record's name",
            "A record stands in .gate/agents/<id>.yml; an id has lower-case letters, digits and "
            "hyphens.",
        )


def _broken(name: str, error: ConfigError) -> Problem:
    """The reader's error as a problem: its message begins with `file:line: key <key>: `."""
    where, _, text = error.message.partition(": ")
    line = where.rpartition(":")[2]
    key = ""
    if text.startswith("key "):
        key, _, rest = text.removeprefix("key ").partition(": ")
        text, key = (rest, key) if rest else (text, "")
    number = int(line) if line.isdigit() else 1
    return Problem(
        f".gate/{name}", number, key, text, error.hint.replace("configuration", "agents")
    )


def _own(
    record: AgentRecord, stem: str, lines: Mapping[str, int], environments: Collection[str]
) -> Iterator[Problem]:
    name = f"{FOLDER}{stem}.yml"
    troubles = list(check_record(record, environments))
    if record.id != stem:
        troubles.insert(0, Trouble("id", f"{record.id[:80]!a} is not the file's name {stem!a}"))
    troubles += [
        Trouble(f"identities.{claim.key}", f"{claim.shown!a} {why}", hint)
        for claim in claims(record)
        for why, hint in shared_with_everybody(claim)
    ]
    for trouble in troubles:
        yield Problem(
            f".gate/{name}",
            line_of(lines, name, trouble.key),
            trouble.key,
            trouble.text,
            trouble.hint,
        )


def line_of(lines: Mapping[str, int], name: str, key: str) -> int:
    """The line of a dotted key, or of the nearest key around it that the file has.

    Args:
        lines: `<name> <key> ...` -> line.
        name: file inside the `.gate` folder.
        key: dotted key.
    """
    parts = key.split(".")
    while parts:
        found = lines.get(f"{name} {' '.join(parts)}")
        if found is not None:
            return found
        parts.pop()
    return 1


def _between(records: list[AgentRecord], lines: Mapping[str, int]) -> Iterator[Problem]:
    """Identities that two records claim, and owners that are agents themselves."""
    holders: dict[str, AgentRecord] = {}
    # NOTE: a retired record comes first, so that it is the newer one that is refused
    for record in sorted(records, key=lambda r: (r.state != "decommissioned", r.id)):
        for claim in claims(record):
            holder = next((holders[value] for value in claim.values if value in holders), record)
            if holder is not record:
                yield _claimed_twice(record, holder, claim.key, claim.shown, lines)
            for value in claim.values:
                holders.setdefault(value, record)
    for record in records:
        for role in ("human", "backup"):
            login = getattr(record.owner, role)
            holder = holders.get(f"login:{login.lower()}", record)
            if f"login:{login.lower()}" in holders:
                name = f"{FOLDER}{record.id}.yml"
                yield Problem(
                    f".gate/{name}",
                    line_of(lines, name, f"owner.{role}"),
                    f"owner.{role}",
                    f"{login!a} is an agent, by .gate/{FOLDER}{holder.id}.yml",
                    "Only a person can answer for an agent.",
                )


def _claimed_twice(
    record: AgentRecord, holder: AgentRecord, key: str, shown: str, lines: Mapping[str, int]
) -> Problem:
    name = f"{FOLDER}{record.id}.yml"
    retired = holder.state == "decommissioned"
    standing = "decommissioned agent " if retired else ""
    hint = (
        "The identity of a decommissioned agent is not used again: make a new one."
        if retired
        else "Every agent has an identity of its own, shared with nobody."
    )
    return Problem(
        f".gate/{name}",
        line_of(lines, name, f"identities.{key}"),
        f"identities.{key}",
        f"{describe_claim(key)} {shown!a} is that of {standing}{holder.id}, "
        f"in .gate/{FOLDER}{holder.id}.yml",
        hint,
    )
