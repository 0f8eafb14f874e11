"""Files whose very name says that they hold a secret; paths where a literal is likely a sample."""

from __future__ import annotations

from gate.keywords import Keywords
from gate.pattern import pattern

_NAMES = {
    "id_rsa": "SSH private key",
    "id_dsa": "SSH private key",
    "id_ecdsa": "SSH private key",
    "id_ed25519": "SSH private key",
    "id_ecdsa_sk": "SSH private key",
    "id_ed25519_sk": "SSH private key",
    "terraform.tfstate": "Terraform state",
    "terraform.tfstate.backup": "Terraform state",
    "kubeconfig": "Kubernetes credentials",
    ".netrc": "login file",
    "_netrc": "login file",
    ".pgpass": "PostgreSQL password file",
    ".my.cnf": "MySQL password file",
    ".git-credentials": "git credentials",
    ".htpasswd": "password file",
    ".vault-token": "HashiCorp Vault token",
    "credentials.tfrc.json": "HCP Terraform credentials",
    ".dockercfg": "registry login",
    "application_default_credentials.json": "Google Cloud credentials",
    "accesstokens.json": "Azure login",
    "msal_token_cache.json": "Azure login",
    "secring.gpg": "GnuPG private keys",
    "wallet.dat": "wallet",
    "ntds.dit": "Active Directory database",
}
_SUFFIXES = {
    ".p12": "key store",
    ".pfx": "key store",
    ".jks": "key store",
    ".keystore": "key store",
    ".ppk": "PuTTY private key",
    ".kdbx": "KeePass database",
    ".kdb": "KeePass database",
    ".tfstate": "Terraform state",
    ".tfstate.backup": "Terraform state",
    ".ovpn": "VPN profile",
    ".agilekeychain": "1Password vault",
    ".bek": "BitLocker key",
    ".keychain": "key chain",
    ".keychain-db": "key chain",
    ".gpg-key": "GnuPG private key",
    ".p8": "private key",
    ".pvk": "private key",
}
_FOLDERS = (
    (".aws/credentials", "AWS credentials"),
    (".kube/config", "Kubernetes credentials"),
    (".docker/config.json", "registry login"),
    (".ssh/id_", "SSH private key"),
    (".azure/accesstokens.json", "Azure login"),
    (".gnupg/private-keys-v1.d/", "GnuPG private keys"),
)
_KEY_SUFFIXES = (".pem", ".key", ".der")
_HINTS = Keywords(
    word.encode() for word in (*_NAMES, *_SUFFIXES, *(part for part, _ in _FOLDERS), *_KEY_SUFFIXES)
)
"""Of these every path of a secret file has one."""
_ENV = pattern(r"(?:^|/)(?:\.env(?:\.[\w-]+)*|[\w-]+\.env)$")
_SAMPLE_ENV = pattern(r"example|sample|template|dist|default|schema|stub|mock|test|ci\b")
_SAMPLES = pattern(
    r"(?:^|/)(?:tests?|__tests__|testing|testdata|test-data|fixtures?|spec|specs|mocks?|__mocks__"
    r"|docs?|documentation|examples?|samples?|snapshots|__snapshots__|cassettes|e2e)/"
    r"|(?:^|/)(?:test_[^/]*|conftest\.py|[^/]*(?:_test|_spec|\.test|\.spec|\.example"
    r"|\.sample)\.[a-z]+)$"
    r"|\.(?:md|mdx|rst|adoc|asciidoc|example|sample|template|dist)$"
)
_CODE = frozenset(
    {
        "py",
        "pyi",
        "js",
        "jsx",
        "mjs",
        "cjs",
        "ts",
        "tsx",
        "go",
        "java",
        "kt",
        "kts",
        "scala",
        "rb",
        "php",
        "cs",
        "fs",
        "vb",
        "c",
        "h",
        "cc",
        "cpp",
        "hpp",
        "m",
        "mm",
        "swift",
        "rs",
        "tf",
        "tofu",
        "hcl",
        "rego",
        "lua",
        "dart",
        "ex",
        "exs",
        "erl",
        "clj",
        "groovy",
        "pl",
        "pm",
        "r",
        "jl",
        "sol",
        "vue",
        "svelte",
        "sql",
        "nix",
        "cue",
        "jsonnet",
        "json",
        "ipynb",
        "html",
        "htm",
        "css",
        "scss",
        "md",
        "mdx",
        "rst",
        "adoc",
    }
)
"""Suffixes where an unquoted right side is an expression or prose, not a literal."""


def is_sample_path(path: str) -> bool:
    """Whether the path is of tests, fixtures, documentation or examples."""
    return _SAMPLES.search(path.lower()) is not None


def is_env_file(path: str) -> bool:
    """Whether the path is of an environment file that is no example."""
    lower = path.lower()
    return _ENV.search(lower) is not None and not _SAMPLE_ENV.search(lower.rpartition("/")[2])


def takes_bare_values(path: str) -> bool:
    """Whether `name = value` without quotes is a literal in this file."""
    return path.rpartition(".")[2].lower() not in _CODE


def may_name_secret(path: str) -> bool:
    """Whether `secret_file` need be asked: of other paths it never says anything."""
    return _HINTS.are_in(path.lower().encode("utf-8", "surrogatepass"))


def secret_file(path: str, *, holds_text: bool, holds_public: bool) -> str:
    """What secret a file of this name holds, in words; empty when none.

    Args:
        path: its path.
        holds_text: whether the diff shows its text (`.pem` and the like are then judged by it).
        holds_public: whether that text is a certificate or public key.
    """
    lower = path.lower()
    name = lower.rpartition("/")[2]
    found = _NAMES.get(name, "")
    if not found:
        found = next((words for end, words in _SUFFIXES.items() if name.endswith(end)), "")
    if not found:
        found = next((words for part, words in _FOLDERS if f"/{part}" in f"/{lower}"), "")
    if name.endswith(".pub"):
        return ""
    if not found and name.endswith(_KEY_SUFFIXES) and not holds_text:
        return "key file"
    return "" if holds_public and not found.endswith(("state", "store")) else found
