"""Tell where a governance repository is, with the environment that git reaches it in."""

from __future__ import annotations

import base64
import os
from urllib.parse import urlsplit

from gate import config
from gate.errors import RecordError
from gate.pattern import pattern
from gate.text import neutralise

TOKEN = "GATE_LEDGER_TOKEN"  # noqa: S105 - the variable's name
"""Variable with the token for an https repository."""

_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "file:https:ssh",
    "GIT_SSH_COMMAND": "ssh -F none -o BatchMode=yes",
    "LC_ALL": "C",
}
_PASSED_ON = (
    "SSH_AUTH_SOCK",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)
_SCP = pattern(r"[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:[A-Za-z0-9._~/][^:\s]*\Z")


def read_place(place: str) -> tuple[str, bool]:
    """(URL or absolute path, whether it is a path of this machine).

    Raises:
        RecordError: it is neither a path nor a URL that is used.
    """
    if not place or not place.isprintable():
        raise RecordError("git: names no repository", "Write it as git:PATH or git:https://....")
    scheme = place.partition("://")[0] if "://" in place else ""
    if scheme in ("https", "ssh"):
        if _holds_secret(place):
            raise RecordError(
                "git: a password or token in the URL would be seen in the list of processes",
                f"Leave it out and set {TOKEN}.",
            )
        return place, False
    if scheme == "file":
        return place, True
    if scheme or place.partition("/")[0].find("::") >= 0:
        raise RecordError(
            f"git: {neutralise(scheme or place.partition('::')[0], 20)}: neither a path nor https, "
            "ssh or file",
            "Other protocols are not used.",
        )
    return (place, False) if _SCP.match(place) else (os.path.abspath(place), True)


def _holds_secret(url: str) -> bool:
    """Whether a URL may hold a secret: over https a user's name mostly is a token."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    if parts.scheme == "ssh":
        return parts.password is not None
    return "@" in parts.netloc or bool(parts.query or parts.fragment)


def environment_for(url: str) -> dict[str, str]:
    """What git sees: nobody's configuration, where the network is, and the token for an URL."""
    environ = config.environ()
    passed = _ENVIRONMENT | {name: environ[name] for name in _PASSED_ON if name in environ}
    token = environ.get(TOKEN)
    if token and url.startswith("https://"):
        secret = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        passed |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.https://{urlsplit(url).netloc}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {secret}",
        }
    return passed
