"""Name identities so that two spellings of one are the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gate.account import read_noreply
from gate.pattern import pattern
from gate.schema.agents import AgentRecord

_OPENPGP = pattern(r"[0-9A-Fa-f]{16}|[0-9A-Fa-f]{40}")
_SSH = pattern(r"SHA256:[A-Za-z0-9+/]{43}")

_SHARED = {
    "email:noreply@github.com": "is GitHub's own, on every commit made in a browser",
    "login:web-flow": "is GitHub's own, on every commit made in a browser",
    "login:github-actions[bot]": "is shared by every workflow of the repository",
}


class Claim(NamedTuple):
    """One identity that a record claims for its agent alone."""

    key: str
    """Key of `identities`: logins | app_ids | emails | keys."""
    shown: str
    """As the record writes it."""
    values: tuple[str, ...]
    """Every form under which somebody else could claim it."""


def claims(record: AgentRecord) -> Iterator[Claim]:
    """The identities of a record that no other record may have; marks that many share are none."""
    known = record.identities
    for login in known.logins:
        yield Claim("logins", login, (login_value(login),))
    for number in known.app_ids:
        yield Claim("app_ids", str(number), (f"app:{number}",))
    for email in known.emails:
        addresses = [email_value(email)]
        login = login_of_email(email)
        if login:
            addresses.append(login_value(login))
        yield Claim("emails", email, tuple(addresses))
    for key in known.keys:
        # NOTE: an OpenPGP fingerprint ends in the key's id, so both name one key
        values = {key_value(key), key_value(key[-16:]) if _OPENPGP.fullmatch(key) else ""}
        yield Claim("keys", key, tuple(sorted(values - {""})))


def login_value(login: str) -> str:
    """A login without case; `app/x` and `x[bot]` are one."""
    name = login.strip().lower()
    return f"login:{name.removeprefix('app/')}[bot]" if name.startswith("app/") else f"login:{name}"


def email_value(email: str) -> str:
    """An address without case."""
    return f"email:{email.strip().lower()}"


def plain_trailer(key: str, value: str) -> tuple[str, str]:
    """A trailer in the spelling in which two are compared: without case and double spaces."""
    return key.strip().lower(), " ".join(value.split()).casefold()


def trailer_value(line: str) -> str:
    """A whole trailer line in the spelling in which two are compared."""
    key, _, value = line.partition(":")
    return "trailer:{}: {}".format(*plain_trailer(key, value))


def login_of_email(email: str) -> str:
    """The login in a noreply address of GitHub; empty for any other."""
    noreply = read_noreply(email.lower())
    return noreply[1] if noreply else ""


def key_value(key: str) -> str:
    """A key; hex digits without case, base64 as it is."""
    return f"key:{key.lower()}" if _OPENPGP.fullmatch(key) else f"key:{key}"


def is_key(key: str) -> bool:
    """Whether a text is a key as records write it."""
    return bool(_OPENPGP.fullmatch(key) or _SSH.fullmatch(key))


def shared_with_everybody(claim: Claim) -> Iterator[tuple[str, str]]:
    """Why, and what to do, where an identity cannot be one agent's own."""
    for value in claim.values:
        if value in _SHARED:
            yield _SHARED[value], "Give the agent an account or App of its own."
            return


def describe_claim(key: str) -> str:
    """What a kind of identity is called."""
    return {"logins": "login", "app_ids": "app", "emails": "e-mail", "keys": "key"}[key]
