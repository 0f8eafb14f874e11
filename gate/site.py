"""Read the site's `.gate` folder, with errors that name file, line and key."""

from __future__ import annotations

import hashlib

from gate.errors import ConfigError
from gate.schema.agents import AgentRecord
from gate.schema.collected import SiteFolder
from gate.schema.response import ResponsePlan
from gate.schema.site import PolicyFile, Site, SiteConfig, WaiverFile
from gate.sitecheck import check_config, check_limit_agents, check_waivers
from gate.sitefile import read_document

_DOCUMENTS = ("gate.yml", "waivers.yml", "response.yml")
_PLAIN_FOLDERS = ("policies/", "agents/", "models/", "keys/", "schemas/")


def load_site(folder: SiteFolder | None) -> Site:
    """The site's word out of its `.gate` folder.

    Args:
        folder: the files as read from the base branch; `None`: there is no folder.

    Raises:
        ConfigError: a file is broken; names file, line and key. One broken file is an error, never
            "no configuration".
    """
    if folder is None:
        return Site(present=False)
    _refuse_strangers(folder)
    lines: dict[str, int] = {}
    config = read_document(folder.files, "gate.yml", SiteConfig, lines) or SiteConfig()
    waivers = read_document(folder.files, "waivers.yml", WaiverFile, lines) or WaiverFile()
    check_config(config, lines)
    agents = _agents(folder, config, lines)
    check_limit_agents(config, agents, lines)
    check_waivers(waivers.waivers, agents, lines)
    response = read_document(folder.files, "response.yml", ResponsePlan, lines)
    if response is not None:
        from gate.responsecheck import check_response  # NOTE: few sites have a plan

        check_response(response, lines)
    policies = tuple(
        PolicyFile(path=path.removeprefix("policies/"), data=content)
        for path, content in sorted(folder.files.items())
        if path.startswith("policies/")
    )
    return Site(
        present=True,
        config=config,
        waivers=waivers.waivers,
        agents=agents,
        response=response,
        keys={
            path.removeprefix("keys/"): content
            for path, content in folder.files.items()
            if path.startswith("keys/")
        },
        digest=digest_of(folder),
        policies=policies,
        lines=lines,
    )


def digest_of(folder: SiteFolder) -> str:
    """SHA-256, hex, over the name, length and bytes of every file, in order of the names."""
    digest = hashlib.sha256()
    for path, content in sorted(folder.files.items()):
        digest.update(f"{path}\x00{len(content)}\x00".encode("utf-8", "surrogatepass"))
        digest.update(content)
    return digest.hexdigest()


def _agents(
    folder: SiteFolder, config: SiteConfig, lines: dict[str, int]
) -> tuple[AgentRecord, ...] | None:
    if not any(path.startswith("agents/") for path in folder.files):
        return None
    from gate.trust.registry import load_registry  # NOTE: most sites have no registry

    return load_registry(folder.files, lines, tuple(config.environments))


def _refuse_strangers(folder: SiteFolder) -> None:
    for path in sorted(folder.files):
        known = path in _DOCUMENTS or path.startswith(_PLAIN_FOLDERS)
        if not known and path.endswith((".yml", ".yaml", ".json", ".rego")):
            raise ConfigError(
                f".gate/{path}: not a file the gate knows",
                "Settings stand in gate.yml, waivers in waivers.yml, the plan for incidents in "
                "response.yml, policies under policies/.",
            )
