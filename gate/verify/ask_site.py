"""Ask whether the site's own folder is in order."""

from __future__ import annotations

from collections.abc import Iterator

from gate.forge_settings import Unread
from gate.verify.questions import Reply, cannot_tell, say_no, say_yes
from gate.verify.seen import Seen


def ask_site(seen: Seen) -> Iterator[Reply]:
    """Everything about `.gate`."""
    site, files = seen.site, seen.files.site
    if isinstance(site, Unread):
        if isinstance(files, Unread):
            for here in ("site.valid", "site.enforces"):
                yield cannot_tell(here, files.reason, files.permission, is_failure=files.is_failure)
        else:
            yield say_no("site.valid", site.reason)
            yield cannot_tell("site.enforces", "the folder is broken")
        return
    if not site.present:
        yield say_yes("site.valid", "there is none: the defaults apply")
    else:
        agents = f", {len(seen.agents)} registered agents" if seen.agents else ""
        yield say_yes("site.valid", f"it is{agents}")
    yield (
        say_no("site.enforces", "observe is on")
        if site.config.observe
        else say_yes("site.enforces", "observe is off")
    )
