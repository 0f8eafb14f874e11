"""Deliver messages about incidents: by webhook, and as an issue on GitHub."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from gate.audit.incidents.notify import Sender, Telling, message_of
from gate.errors import ConfigError, ReportError
from gate.text import code_span, neutralise, plain_markdown

if TYPE_CHECKING:
    import requests

    from gate.forge import Forge

TIMEOUT = (5, 15)
"""Seconds to connect, and between two bytes of the answer."""


def senders_of(env: Mapping[str, str], forge_of: Callable[[str], Forge]) -> dict[str, Sender]:
    """The ways of telling people, by the `via` of a contact.

    Args:
        env: the environment, which holds the webhooks' addresses.
        forge_of: makes a client for `owner/name`; raises a GateError where there is no token.
    """
    return {
        "webhook": lambda telling: post_webhook(telling, env),
        "issue": lambda telling: open_issue(telling, forge_of),
    }


def post_webhook(telling: Telling, env: Mapping[str, str]) -> None:
    """POST a message as JSON; any 2xx is its receipt.

    The address is a secret and never part of a message. Nothing is followed elsewhere, and of the
    answer only the status is read.

    Raises:
        ConfigError: the variable is empty, or holds no https address.
        ReportError: no answer, or another one than 2xx; it is not sent again from here.
    """
    name = telling.contact.url_variable
    url = env.get(name, "").strip()
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        what = "is empty" if not url else "does not hold an https address"
        raise ConfigError(
            f"${name}, the address of {telling.contact.name}, {what}",
            "Hand it to this job as a secret.",
        )
    import requests

    try:
        with requests.Session() as session:
            answer = session.post(
                url,
                data=msgspec.json.encode(message_of(telling), order="sorted"),
                headers={
                    "Content-Type": "application/json",
                    "User-Agent": "agent-pr-gate",
                    "Idempotency-Key": telling.id,
                },
                timeout=TIMEOUT,
                allow_redirects=False,
                auth=_leave,
                stream=True,
            )
            answer.close()
    except (requests.RequestException, ValueError) as error:
        # NOTE: the text of these errors quotes the address
        raise ReportError(
            f"the webhook in ${name} gave no answer ({type(error).__name__})",
            "It is told again next time; both times bear the same id.",
        ) from None
    if not 200 <= answer.status_code < 300:
        raise ReportError(
            f"the webhook in ${name} answered {answer.status_code}",
            "Is the address still valid? Redirects are not followed.",
        )


def open_issue(telling: Telling, forge_of: Callable[[str], Forge]) -> None:
    """Open an issue that mentions whoever the contact names; needs `issues: write` there.

    Raises:
        GateError: there is no token, or GitHub refused or gave no answer.
    """
    contact, incident = telling.contact, telling.incident
    text = neutralise(incident.text, 160)
    title = f"[gate] {incident.severity} incident: {text}"
    forge_of(contact.repository).create_issue(neutralise(title, 240), body_of(telling))


def body_of(telling: Telling) -> str:
    """The text of an issue, in Markdown; only the plan's own mentions mention anybody."""
    incident = telling.incident
    mentions = " ".join(f"@{name}" for name in telling.contact.mentions)
    shown = incident.alerts[-20:]
    lines = [
        f"<!-- gate-incident {telling.id} -->",
        f"**{plain_markdown(incident.text)}**",
        "",
        f"- incident {code_span(incident.id)}, {incident.severity}, {incident.state}",
        f"- opened {incident.opened}" + (f"; {telling.reason}" if telling.minutes else ""),
        "",
        "| alert | pull request | what |",
        "|---|---|---|",
    ]
    for alert in shown:
        pull = code_span(alert.body.pull.name, 200, table=True) if alert.body.pull else ""
        lines.append(f"| {alert.at} | {pull} | {plain_markdown(alert.body.text)} |")
    if len(incident.alerts) > len(shown):
        lines.append(f"\n{len(incident.alerts) - len(shown)} older alerts are not shown.")
    lines += [
        "",
        f"`gate incident ack {incident.id} --by LOGIN` says that you look at it, and stops the "
        f"escalation; `gate incident show {incident.id}` shows all of it.",
    ]
    if mentions:
        lines += ["", mentions]
    return "\n".join(lines) + "\n"


def _leave(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send no credential of a .netrc file along."""
    return request
