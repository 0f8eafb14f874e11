"""Names, folders and suffixes by which files are recognised; all in folded form (lower case)."""

from __future__ import annotations

CODE_SUFFIXES = (".tf", ".tf.json", ".tofu", ".tofu.json")
TERRAFORM_SUFFIXES = (
    *CODE_SUFFIXES,
    ".tfvars",
    ".tfvars.json",
    ".terraform.lock.hcl",
)
"""Terraform and OpenTofu configuration, variables and lock files."""
TERRAFORM_NAMES = frozenset({"terragrunt.hcl", "root.hcl", "terragrunt.hcl.json"})
"""Terragrunt's file names."""
STATE_SUFFIXES = (".tfstate", ".tfstate.backup", ".tfbackend")
"""State files and backend settings."""

CODEOWNERS_FOLDERS = frozenset({"", ".github", "docs", ".gitlab"})
"""Folders in which a forge looks for CODEOWNERS (GitHub: the first three; GitLab: `.gitlab`)."""
GATE_WORKFLOWS = frozenset({"gate", "agent-pr-gate", "agent-gate", "pr-gate", "policy-gate"})
"""Stems of workflow files that run the gate."""

PIPELINE_FOLDERS = (
    ".github/workflows",
    ".github/actions",
    ".circleci",
    ".buildkite",
    ".tekton",
    ".woodpecker",
    ".semaphore",
    ".gitlab/ci",
    ".gitlab-ci",
    ".azure-pipelines",
    ".azuredevops",
    ".teamcity",
    ".harness",
    ".forgejo/workflows",
    ".gitea/workflows",
    ".gitea/actions",
    ".prow",
    ".concourse",
)
"""Folders at the root of the repository, read by CI systems."""
PIPELINE_NAMES = frozenset(
    {
        "action.yml",
        "action.yaml",
        ".gitlab-ci.yml",
        ".gitlab-ci.yaml",
        "bitbucket-pipelines.yml",
        "bitbucket-pipelines.yaml",
        ".drone.yml",
        ".drone.yaml",
        ".drone.star",
        ".drone.jsonnet",
        ".woodpecker.yml",
        ".woodpecker.yaml",
        ".travis.yml",
        ".appveyor.yml",
        "appveyor.yml",
        "atlantis.yaml",
        "atlantis.yml",
        "cloudbuild.yaml",
        "cloudbuild.yml",
        "cloudbuild.json",
        "buildspec.yml",
        "buildspec.yaml",
        ".cirrus.yml",
        ".cirrus.star",
        "codefresh.yml",
        "wercker.yml",
        "circle.yml",
        "shippable.yml",
        "buddy.yml",
        "bitrise.yml",
        "codemagic.yaml",
        "screwdriver.yaml",
        ".zuul.yaml",
        "zuul.yaml",
        ".zuul.yml",
        ".packit.yaml",
        "vela.yml",
        ".vela.yml",
        "digger.yml",
        "tekton.yaml",
    }
)
"""File names, at any depth, that a CI system reads."""
PIPELINE_PREFIXES = ("jenkinsfile", "azure-pipelines", ".gitlab-ci", "cloudbuild.", "buildspec.")
"""Beginnings of such names (`Jenkinsfile.release`, `azure-pipelines-nightly.yml`)."""

AGENT_NAMES = frozenset(
    {
        "agents.md",
        "agents.override.md",
        "agents.local.md",
        "agent.md",
        "claude.md",
        "claude.local.md",
        "gemini.md",
        "qwen.md",
        "skill.md",
        "conventions.md",
        "copilot.md",
        ".cursorrules",
        ".cursorignore",
        ".cursorindexingignore",
        ".windsurfrules",
        ".clinerules",
        ".clineignore",
        ".roorules",
        ".rooignore",
        ".roomodes",
        ".rules",
        ".goosehints",
        ".gooseignore",
        ".aider.conf.yml",
        ".aider.conf.yaml",
        ".aiderignore",
        "opencode.json",
        "opencode.jsonc",
        ".mcp.json",
        "mcp.json",
        "mcp.yaml",
        "llms.txt",
        "llms-full.txt",
        ".coderabbit.yaml",
        ".coderabbit.yml",
        ".pr_agent.toml",
        "greptile.json",
        ".claudeignore",
        ".geminiignore",
        ".aiexclude",
        ".copilotignore",
        ".devcontainer.json",
        "crush.json",
        ".crush.json",
        "warp.md",
        "copilot-instructions.md",
        "copilot-setup-steps.yml",
        "copilot-setup-steps.yaml",
        ".vscode",
        ".idea",
    }
)
"""File names, at any depth, that coding agents read as instructions or settings; `.vscode` and
`.idea` stand for a link put in the place of the folder."""
AGENT_SUFFIXES = (".instructions.md", ".prompt.md", ".chatmode.md", ".agent.md", ".mdc")
"""Endings of such names."""
AGENT_FOLDERS = frozenset(
    {
        ".cursor",
        ".windsurf",
        ".devin",
        ".clinerules",
        ".cline",
        ".roo",
        ".kiro",
        ".amazonq",
        ".continue",
        ".zed",
        ".junie",
        ".trae",
        ".opencode",
        ".codex",
        ".gemini",
        ".claude",
        ".claude-plugin",
        ".agents",
        ".agent",
        ".devcontainer",
        ".greptile",
        ".copilot",
        ".goose",
        ".qwen",
        ".crush",
        ".factory",
        ".openhands",
        ".aider",
        ".qodo",
        ".sourcegraph",
    }
)
"""Folders, at any depth, whose every file an agent reads."""
AGENT_PATHS = (
    ".github/copilot-instructions.md",
    ".github/copilot",
    ".github/instructions",
    ".github/prompts",
    ".github/agents",
    ".github/chatmodes",
    ".github/skills",
    ".github/hooks",
    ".vscode/mcp.json",
    ".vscode/settings.json",
    ".vscode/tasks.json",
    ".idea/runconfigurations",
    ".idea/mcp.json",
)
"""Paths, at any depth, of files and folders that an agent or its editor reads."""

MANIFEST_NAMES = frozenset(
    {
        "package.json",
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "pnpm-workspace.yaml",
        "bun.lock",
        "bun.lockb",
        "deno.json",
        "deno.jsonc",
        "deno.lock",
        ".npmrc",
        ".yarnrc",
        ".yarnrc.yml",
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "pipfile",
        "pipfile.lock",
        "poetry.lock",
        "pdm.lock",
        "uv.lock",
        "uv.toml",
        "pylock.toml",
        "pip.conf",
        "environment.yml",
        "environment.yaml",
        "conda-lock.yml",
        "pixi.toml",
        "pixi.lock",
        "cargo.toml",
        "cargo.lock",
        "go.mod",
        "go.sum",
        "go.work",
        "go.work.sum",
        "gemfile",
        "gemfile.lock",
        "gems.rb",
        "gems.locked",
        "composer.json",
        "composer.lock",
        "pom.xml",
        "build.gradle",
        "build.gradle.kts",
        "settings.gradle",
        "settings.gradle.kts",
        "gradle.lockfile",
        "gradle.properties",
        "libs.versions.toml",
        "packages.config",
        "packages.lock.json",
        "directory.packages.props",
        "nuget.config",
        "paket.dependencies",
        "paket.lock",
        "mix.exs",
        "mix.lock",
        "pubspec.yaml",
        "pubspec.lock",
        "package.swift",
        "package.resolved",
        "podfile",
        "podfile.lock",
        "cartfile",
        "cartfile.resolved",
        "build.sbt",
        "chart.yaml",
        "chart.lock",
        "requirements.yml",
        "requirements.yaml",
        "flake.lock",
        "conanfile.txt",
        "conanfile.py",
        "vcpkg.json",
        "rebar.lock",
        "stack.yaml",
        "cabal.project",
        ".gitmodules",
        "dockerfile",
        "containerfile",
        "bower.json",
        "lerna.json",
    }
)
"""Dependency manifests, their locks and registry settings."""
MANIFEST_SUFFIXES = (
    ".gemspec",
    ".csproj",
    ".fsproj",
    ".vbproj",
    ".dockerfile",
    ".cabal",
    ".podspec",
)
"""Endings of such names."""

LOOKALIKES = str.maketrans(
    "\u0430\u0432\u0441\u0501\u0435\u0450\u0451\u0261\u04bb\u043d\u0456\u0457"
    "\u0131\u0458\u043a\u04cf\u043c\u043e\u0440\u051b\u0433\u0455\u0442\u03c5"
    "\u0475\u051d\u0445\u0443\u0251\u03b1\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1"
    "\u03c4\u03c7\u2010\u2011\u2012\u2013\u2014\u2212\u2024\u2215\u2044\u29f8",
    "abcdeeeghhiiijklmopqrstuvwxyaaeikvoptx------.///",
)
"""Cyrillic, Greek and other letters drawn like Latin ones (after case folding), with the dashes,
dots and slashes drawn like ASCII's.

Source: Unicode confusables, those that can spell the names above."""
