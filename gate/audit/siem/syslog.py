"""Write entries as syslog messages: RFC 5424, framed by RFC 6587 or 5425 where a stream asks it."""

from __future__ import annotations

from gate.audit.reading import Told
from gate.audit.siem.gist import CRITICAL, HIGH, INFORMATIONAL, LOW, MEDIUM, gist, pull_name, words
from gate.audit.siem.ocsf import uid_of
from gate.moment import read_time
from gate.pattern import pattern
from gate.text import neutralise

EXAMPLE_NUMBER = 32473
"""Private enterprise number that RFC 5612 keeps for examples."""
FACILITY = 13
"""Log audit, RFC 5424 table 1."""
MAX_PARAM = 128
"""Characters of one parameter of the structured data."""

_NOTICE = 5
_LEVELS = {INFORMATIONAL: 6, LOW: 5, MEDIUM: 4, HIGH: 3, CRITICAL: 2}
"""OCSF's severity -> syslog's, RFC 5424 table 2; what is unknown is a notice."""
_MESSAGE_ID = pattern(r"[!-~]{1,32}\Z")
_ESCAPED = pattern(r'[\\"\]]')
_BOM = b"\xef\xbb\xbf"


def message(told: Told, number: int = EXAMPLE_NUMBER) -> bytes:
    """The message of an entry, on one line without its newline.

    Args:
        told: the entry.
        number: private enterprise number of the structured data.
    """
    severity, text = gist(told)
    level = FACILITY * 8 + _LEVELS.get(severity, _NOTICE)
    kind = told.entry.kind if _MESSAGE_ID.match(told.entry.kind) else "-"
    head = f"<{level}>1 {_timestamp(told.entry.at)} - gate - {kind} {_data(told, number)} "
    said = text.encode("utf-8", "backslashreplace")
    # NOTE: RFC 5424 6.4: a message in UTF-8 begins with the mark; plain ASCII needs none
    return head.encode("utf-8", "backslashreplace") + (said if text.isascii() else _BOM + said)


def frame(one: bytes) -> bytes:
    """A message with its length in front: octet counting, RFC 6587 3.4.1 and RFC 5425 4.3."""
    return b"%d %s" % (len(one), one)


def escape(value: str) -> str:
    """A parameter's value with `"`, `\\` and `]` escaped, RFC 5424 6.3.3."""
    return _ESCAPED.sub(r"\\\g<0>", value)


def _timestamp(at: str) -> str:
    moment = read_time(at)
    if moment is None:
        return "-"
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if moment.microsecond else "%Y-%m-%dT%H:%M:%SZ")


def _data(told: Told, number: int) -> str:
    entry, body = told.entry, told.entry.body
    told_of = {
        "uid": uid_of(told),
        "stream": told.stream,
        "seq": str(entry.seq),
        "hash": entry.hash,
        "pull": pull_name(body),
        "decision": words(body, "decision") if entry.kind == "decision" else "",
        "event": words(body, "event") or words(body, "outcome") or words(body, "result"),
        "agent": words(body, "registered") or words(body, "agent"),
        "incident": words(body, "incident"),
    }
    params = "".join(
        f' {name}="{escape(neutralise(value, MAX_PARAM))}"'
        for name, value in told_of.items()
        if value
    )
    return f"[gate@{number}{params}]"
