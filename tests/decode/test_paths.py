"""Paths are recognised, however they are spelled."""

from __future__ import annotations

import pytest

from gate.decode import path_names
from gate.decode.paths import classify, fold

KINDS = {
    "main.tf": ("terraform", ()),
    "infra/db.tf.json": ("terraform", ()),
    "infra/db.tofu": ("terraform", ()),
    "prod.tfvars": ("terraform", ()),
    "prod.auto.tfvars.json": ("terraform", ()),
    ".terraform.lock.hcl": ("terraform", ()),
    "live/terragrunt.hcl": ("terraform", ()),
    "terraform.tfstate": ("other", ("state",)),
    ".github/workflows/ci.yml": ("workflow", ("pipeline",)),
    ".github/workflows/ci.yaml": ("workflow", ("pipeline",)),
    "action.yml": ("workflow", ("pipeline",)),
    "tools/lint/action.yaml": ("workflow", ("pipeline",)),
    ".github/actions/build/action.yml": ("workflow", ("pipeline",)),
    ".gitlab-ci.yml": ("workflow", ("pipeline",)),
    "Jenkinsfile": ("workflow", ("pipeline",)),
    "ci/Jenkinsfile.release": ("workflow", ("pipeline",)),
    "azure-pipelines-nightly.yml": ("workflow", ("pipeline",)),
    ".circleci/config.yml": ("workflow", ("pipeline",)),
    ".buildkite/pipeline.yml": ("workflow", ("pipeline",)),
    "bitbucket-pipelines.yml": ("workflow", ("pipeline",)),
    ".drone.yml": ("workflow", ("pipeline",)),
    ".tekton/push.yaml": ("workflow", ("pipeline",)),
    "atlantis.yaml": ("workflow", ("pipeline",)),
    "cloudbuild.yaml": ("workflow", ("pipeline",)),
    ".github/workflows/gate.yml": ("workflow", ("gate", "pipeline")),
    ".github/workflows/gate.yaml": ("workflow", ("gate", "pipeline")),
    ".gate/gate.yml": ("gate", ("gate",)),
    ".gate/policies/legacy/deny.rego": ("gate", ("gate",)),
    ".gate": ("gate", ("gate",)),
    "CODEOWNERS": ("gate", ("gate",)),
    ".github/CODEOWNERS": ("gate", ("gate",)),
    "docs/CODEOWNERS": ("gate", ("gate",)),
    "package.json": ("manifest", ()),
    "web/yarn.lock": ("manifest", ()),
    "requirements-dev.txt": ("manifest", ()),
    "requirements/base.in": ("manifest", ()),
    "go.sum": ("manifest", ()),
    "src/app.csproj": ("manifest", ()),
    "src/main.py": ("other", ()),
    "README.md": ("other", ()),
    "src/CODEOWNERS": ("other", ()),
    "src/workflows/ci.yml": ("other", ()),
    "gate/gate.yml": ("other", ()),
    "docs/agents/overview.md": ("other", ()),
    "src/claude.py": ("other", ()),
    "requirements.md": ("other", ()),
}

AGENT_FILES = [
    "AGENTS.md",
    "AGENTS.override.md",
    "AGENTS.local.md",
    "CLAUDE.md",
    "CLAUDE.local.md",
    "GEMINI.md",
    "SKILL.md",
    "CONVENTIONS.md",
    ".cursorrules",
    ".cursor/rules/a.mdc",
    ".cursor/mcp.json",
    ".windsurfrules",
    ".windsurf/rules/a.md",
    ".devin/a",
    ".clinerules",
    ".clinerules/a.md",
    ".cline/a",
    ".roo/rules/a.md",
    ".roorules",
    ".kiro/steering/a.md",
    ".amazonq/rules/a.md",
    ".aider.conf.yml",
    ".continue/config.yaml",
    ".zed/settings.json",
    ".rules",
    ".junie/guidelines.md",
    ".goosehints",
    ".trae/rules/a.md",
    ".augment/rules/a.md",
    ".augment-guidelines",
    ".opencode/agent/a.md",
    "opencode.json",
    ".codex/config.toml",
    ".gemini/settings.json",
    ".claude/settings.json",
    ".claude/agents/a.md",
    ".agents/a.md",
    ".github/copilot-instructions.md",
    ".github/instructions/a.instructions.md",
    ".github/prompts/a.prompt.md",
    ".github/agents/a.md",
    ".github/chatmodes/a.chatmode.md",
    ".github/skills/a/SKILL.md",
    ".mcp.json",
    "mcp.json",
    ".vscode/mcp.json",
    ".vscode/settings.json",
    ".vscode/tasks.json",
    ".devcontainer/devcontainer.json",
    ".idea/runConfigurations/a.xml",
    "llms.txt",
    ".coderabbit.yaml",
    ".greptile/rules.md",
    ".pr_agent.toml",
]


@pytest.mark.parametrize(("path", "expected"), KINDS.items())
def test_path_is_classified(path: str, expected: tuple[str, tuple[str, ...]]) -> None:
    assert classify(path) == expected


@pytest.mark.parametrize("path", AGENT_FILES)
@pytest.mark.parametrize("spell", [str, str.upper, str.lower, "services/api/{}".format])
def test_agent_file_is_found_in_any_case_and_depth(path: str, spell: object) -> None:
    kind, surfaces = classify(spell(path))
    assert "agent" in surfaces
    assert kind in ("agent_instructions", "workflow")


@pytest.mark.parametrize(
    ("path", "surface"),
    [
        (".github\\workflows\\ci.yml", "pipeline"),
        ("./.github/workflows/ci.yml", "pipeline"),
        (".github//workflows/ci.yml", "pipeline"),
        (".github/x/../workflows/ci.yml", "pipeline"),
        (".GitHub/Workflows/CI.YML", "pipeline"),
        (".github/workflows/ci.yml ", "pipeline"),
        (".github /workflows./ci.yml...", "pipeline"),
        (".github/workflows/ci.yml::$DATA", "pipeline"),
        (".\uff47ithub/workflows/gate.yml", "gate"),
        (".gate\u200b/gate.yml", "gate"),
        (".g\u0430te/gate.yml", "gate"),
        ("CODEOWNER\u017f", "gate"),
        ("AGENT\u0405.md", "agent"),
        ("\u0410GENTS.md", "agent"),
        ("CLAUDE\u2024md", "agent"),
        ("CLAUDE.md\u00a0", "agent"),
        ("\ufeffCLAUDE.md", "agent"),
        (".claude", "agent"),
        (".github", "gate"),
    ],
)
def test_path_trick_does_not_hide(path: str, surface: str) -> None:
    assert surface in classify(path)[1]


def test_rename_counts_for_both_ends() -> None:
    assert classify("old/ci.txt", ".github/workflows/ci.yml") == ("workflow", ("pipeline",))
    assert classify(".gate/gate.yml", "AGENTS.md") == ("gate", ("agent", "gate"))
    assert classify("a.txt", "main.tf") == ("terraform", ())


def test_script_beside_an_action_touches_the_pipeline() -> None:
    assert "pipeline" in classify(".github/actions/build/index.js")[1]


@pytest.mark.parametrize("folder", ["", "docs/", "a.b/"])
@pytest.mark.parametrize(
    "name",
    sorted(
        {
            *path_names.PIPELINE_NAMES,
            *path_names.AGENT_NAMES,
            *path_names.AGENT_FOLDERS,
            *path_names.AGENT_PATHS,
            *path_names.TERRAFORM_NAMES,
            *path_names.MANIFEST_NAMES,
            *(start + "q" for start in path_names.PIPELINE_PREFIXES),
            *("q" + end for end in path_names.AGENT_SUFFIXES),
            *("q" + end for end in path_names.TERRAFORM_SUFFIXES),
            *("q" + end for end in path_names.STATE_SUFFIXES),
            *("q" + end for end in path_names.MANIFEST_SUFFIXES),
        }
    ),
)
def test_every_name_of_the_tables_is_recognised(name: str, folder: str) -> None:
    assert classify(folder + name) != ("other", ())


def test_fold_keeps_an_ordinary_path() -> None:
    assert fold("src/app-1.0/main_test.py") == "src/app-1.0/main_test.py"


def test_empty_path_is_other() -> None:
    assert classify("") == ("other", ())
