"""A month of one organisation, as a table that can be counted by hand.

`PYTHONPATH=tests:. python -m audit.metrics_history` writes `fixtures/ledger/september.jsonl`, and the
definitions in `docs/metrics.md`, again.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from pathlib import Path
from typing import Any

from gate.audit.metrics.markdown import render_definitions
from gate.schema.entry import Entry
from gate.schema.ledger import Draft, Head
from gate.store.folder import FileStore
from gate.store.port import MAIN, Store
from gate.store.streams import BASELINES, INCIDENTS, KILL, LIMITS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "metrics.md"
SEPTEMBER = ROOT / "fixtures" / "ledger" / "september.jsonl"

HISTORY = """
# August: known, and not of the month
08-30 10:00:00 decision infra#1 a1 tf-bot   block  ms=900 find=terraform.wildcard_iam:block
08-31 10:00:00 decision infra#1 a2 tf-bot   pass   ms=500
08-31 11:00:00 outcome  infra#1 merged

# a person's change, judged twice; and one that was blocked by mistake
09-01 08:00:00 decision infra#2 b1 -        pass   ms=300
09-01 08:05:00 decision infra#2 b2 -        pass   ms=300
09-01 09:00:00 decision web#3   c1 -        block  ms=400 find=secrets.added:block
09-01 09:30:00 outcome  web#3   false_block
09-01 10:00:00 decision web#3   c1 -        pass   ms=400 find=secrets.added:block:W-7

# passes at once, merged, reverted a day later
09-02 09:00:00 decision infra#4 d1 tf-bot   pass   ms=1000 reserved
09-02 11:00:00 outcome  infra#4 merged
09-03 11:00:00 outcome  infra#4 reverted

# blocked, then fixed by a second head, approved by two after 1 h 30 min, merged
09-03 09:00:00 decision infra#5 e1 tf-bot   block  ms=1200 find=terraform.wildcard_iam:block
09-03 10:00:00 decision infra#5 e2 tf-bot   hold   ms=1100 find=terraform.iam_changed:approve need
09-03 11:30:10 decision infra#5 e2 tf-bot   pass   ms=1300 find=terraform.iam_changed:approve need vote=ana@11:00:00 vote=bo@11:30:00
09-03 12:00:00 outcome  infra#5 fixed
09-03 13:00:00 outcome  infra#5 merged

# held, approved 20 seconds later: a rubber stamp
09-04 09:00:00 decision web#6   f1 copilot  hold   ms=800 need
09-04 09:00:45 decision web#6   f1 copilot  pass   ms=700 need vote=ana@09:00:20
09-04 09:10:00 outcome  web#6   merged

# blocked, waived
09-05 09:00:00 decision web#7   g1 copilot  block  ms=600 find=ci.unpinned:block
09-05 15:00:00 decision web#7   g1 copilot  warn   ms=600 find=ci.unpinned:block:W-9

# blocked, abandoned
09-07 09:00:00 decision web#8   h1 copilot  block  ms=600 find=ci.unpinned:block
09-08 09:00:00 outcome  web#8   closed

# blocked, merged nevertheless
09-08 10:00:00 decision infra#9 i1 tf-bot   block  ms=600 find=terraform.destroy_mode:block
09-08 10:30:00 outcome  infra#9 merged

# blocked; the same head passes after the policy was corrected
09-09 09:00:00 decision infra#10 j1 tf-bot  block  ms=600 find=terraform.iam_changed:block
09-09 12:00:00 decision infra#10 j1 tf-bot  pass   ms=600

# held, overridden by two maintainers
09-10 09:00:00 decision infra#11 k1 tf-bot  hold   ms=600 need
09-10 09:30:00 decision infra#11 k1 tf-bot  pass   ms=600 need glass vote=ana@09:20:00 vote=bo@09:25:00

# a burst: three in ten minutes, seen by the third, killed 12 minutes later; all still blocked or held
09-12 03:00:00 decision infra#12 l1 tf-bot  block  ms=600 find=secrets.added:block
09-12 03:05:00 decision infra#13 m1 tf-bot  hold   ms=600 need anomaly=hours
09-12 03:10:00 decision infra#14 n1 tf-bot  block  ms=600 find=limits.exceeded:block anomaly=hours anomaly=volume
09-12 03:10:05 alert    AL1 anomaly about=infra#12,infra#13,infra#14
09-12 03:10:05 incident IN1 opened AL1
09-12 03:20:00 incident IN1 acknowledged
09-12 03:22:05 kill     agent tf-bot AL1
09-12 09:10:05 incident IN1 closed

# nobody can tell who wrote it, and it could not be judged
09-14 09:00:00 decision web#15  o1 ?        error  ms=60000

# a site that only looks: would have been blocked
09-15 09:00:00 decision lab#16  p1 copilot  block  ms=600 observe find=ci.unpinned:block

# a limit, seen in an alert that no kill answers, in an incident that is still open
09-16 09:00:00 decision lab#17  q1 copilot  block  ms=600 find=limits.exceeded:block
09-16 09:01:00 alert    AL2 limit about=lab#17
09-16 09:01:00 incident IN2 opened AL2

# a local range has no number: a decision, and no change
09-17 09:00:00 decision infra#0 r1 tf-bot   pass   ms=600

# the protected branches: infra is walked twice from the same commit
09-20 00:00:00 walk     infra main s0 commits=40 uncovered=3
09-27 00:00:00 walk     infra main s0 commits=60 uncovered=2
09-27 00:00:00 walk     web   main s0 commits=40 uncovered=0

# October: not of the month
10-01 00:00:00 decision infra#18 t1 tf-bot  pass   ms=600
"""
"""Time (of 2026), kind, and what the kind has; `-` is a person, `?` an author nobody can tell."""

SINCE, UNTIL = "2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z"
_STREAMS = {"alert": INCIDENTS, "incident": INCIDENTS, "kill": KILL}


def write(spec: str, *, one_stream: bool = False) -> Store:
    """The history as a ledger in files, in streams as the gate writes them, or in one."""
    store = FileStore(spec)
    heads: dict[str, Head | None] = defaultdict(lambda: None)
    seen: dict[str, tuple[str, Entry]] = {}
    lines = [line for line in HISTORY.splitlines() if line and not line.startswith("#")]
    for number, line in enumerate(lines):
        day, time, kind, *words = line.split()
        at = f"2026-{day}T{time}Z"
        stream = MAIN if one_stream else _STREAMS.get(kind, MAIN)
        body = _BODIES[kind](at, words, seen)
        name = {"walk": "reconciliation"}.get(kind, kind)
        wanted = words[0] if kind in ("alert", "incident") and words[0] not in seen else str(number)
        draft = Draft(kind=name, at=at, body=body, id=_id(wanted))
        entry = store.append(stream, heads[stream], (draft,))[0]
        heads[stream] = Head(entry.seq, entry.hash)
        seen[words[0]] = (stream, entry)
        if kind == "outcome" and words[1] in ("merged", "closed") and not one_stream:
            again = store.append(LIMITS, heads[LIMITS], (draft,))[0]
            heads[LIMITS] = Head(again.seq, again.hash)
    assert BASELINES not in heads
    return store


def _decision(at: str, words: list[str], seen: object) -> dict[str, Any]:
    pull, head, author, decision, *more = words
    told = [word.partition("=")[::2] for word in more]
    given = [value for key, value in told if key == "vote"]
    keys = {key for key, _ in told}
    body: dict[str, Any] = {
        "decision": decision,
        "observe": "observe" in keys,
        "pull": _pull(pull, head),
        "authorship": {"-": "human", "?": "unknown"}.get(author, "agent"),
        "agent": None if author in "-?" else author,
        "registered": author if author == "tf-bot" else None,
        "findings": [_finding(value) for key, value in told if key == "find"],
        "votes": {
            "required": [{"surface": "iam", "min": 1}] if "need" in keys else [],
            "counted": [_vote(at, vote, head) for vote in given],
        },
        "anomalies": [_anomaly(value) for key, value in told if key == "anomaly"],
        "reserved": "01" if "reserved" in keys else "",
        "elapsed_ms": next(int(value) for key, value in told if key == "ms"),
    }
    if "glass" in keys:
        body["votes"]["break_glass"] = {
            "by": ["ana", "bo"],
            "reason": "the site is down",
            "at": at,
            "in_force": True,
            "review_by": at,
        }
    return body


def _outcome(at: str, words: list[str], seen: object) -> dict[str, Any]:
    return {"pull": _pull(words[0], ""), "outcome": words[1], "at": at}


def _alert(at: str, words: list[str], seen: dict[str, tuple[str, Entry]]) -> dict[str, Any]:
    about = [seen[name] for name in words[2].removeprefix("about=").split(",")]
    return {
        "source": words[1],
        "key": f"{words[1]}:tf-bot",
        "severity": "high",
        "about": [{"stream": stream, "seq": one.seq, "hash": one.hash} for stream, one in about],
        "first_at": about[0][1].at,
        "text": "more than usual",
    }


def _incident(at: str, words: list[str], seen: object) -> dict[str, Any]:
    body: dict[str, Any] = {"incident": _id(words[0]), "event": words[1], "by": "ana"}
    return body | ({"alerts": [_id(words[2])]} if words[1] == "opened" else {})


def _kill(at: str, words: list[str], seen: object) -> dict[str, Any]:
    scope, target, raised = words
    told = {"event": "killed", "scope": scope, "target": target, "by": "ana"}
    return told | {"reason": "out of hand", "alert": _id(raised)}


def _walk(at: str, words: list[str], seen: object) -> dict[str, Any]:
    repo, branch, since, commits, uncovered = words
    number = int(uncovered.removeprefix("uncovered="))
    return {
        "repo": f"acme/{repo}",
        "branch": branch,
        "since": _sha(since),
        "until": _sha(at),
        "commits": int(commits.removeprefix("commits=")),
        "uncovered": [{"commit": _sha(f"{repo}{n}"), "at": at, "why": "-"} for n in range(number)],
    }


def _pull(name: str, head: str) -> dict[str, Any]:
    repo, _, number = name.partition("#")
    return {
        "origin": "github" if number != "0" else "git",
        "repo": f"acme/{repo}",
        "number": int(number),
        "head": _sha(head) if head else "",
        "base": "",
    }


def _finding(text: str) -> dict[str, Any]:
    rule, enforcement, *waiver = text.split(":")
    told = {"id": _sha(text)[:16], "rule": rule, "enforcement": enforcement, "surface": "iam"}
    return told | {"waived_by": waiver[0] if waiver else None}


def _vote(at: str, text: str, head: str) -> dict[str, Any]:
    login, _, time = text.partition("@")
    return {"login": login, "via": "review", "at": f"{at[:10]}T{time}Z", "sha": _sha(head)}


def _anomaly(signal: str) -> dict[str, Any]:
    told = {"signal": signal, "agent": "tf-bot", "value": 3, "expected": 0.5}
    return told | {"baseline": "rolling", "text": "more than usual"}


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


def _id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:26].upper()


_BODIES: dict[str, Any] = {
    "decision": _decision,
    "outcome": _outcome,
    "alert": _alert,
    "incident": _incident,
    "kill": _kill,
    "walk": _walk,
}


def with_definitions(page: str) -> str:
    """A document with the table of definitions in its place."""
    begin, end = "<!-- definitions -->\n", "<!-- /definitions -->"
    before, rest = page.split(begin)
    return f"{before}{begin}{render_definitions()}{end}{rest.split(end)[1]}"


if __name__ == "__main__":
    PAGE.write_text(with_definitions(PAGE.read_text()))
    SEPTEMBER.parent.mkdir(exist_ok=True)
    SEPTEMBER.unlink(missing_ok=True)
    write(str(SEPTEMBER), one_stream=True)
