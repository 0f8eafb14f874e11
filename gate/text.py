"""Neutralise untrusted text before any screen, Markdown, log or hash.

Every function takes anything a stranger may have written and gives back text that cannot act where
it is shown: no control or invisible character, no Markdown or HTML, no mention, no command to the
Actions runner. What is taken out is shown as `\\u{hex}`, so that a reader sees that it was there.
"""

from __future__ import annotations

import functools
import re

from gate.pattern import pattern

MAX_FIELD = 300
"""Characters one neutralised field keeps."""


MAX_REDACTED = 4000
"""Characters of free text that are searched for credentials; nobody shows more of one field."""

ZERO_WIDTH_SPACE = "\u200b"
"""What breaks a mention or an autolink in Markdown prose: GitHub decodes `\\@` and `&#64;` before
it looks for mentions, so escaping does not help (cmark-gfm issue 389)."""

_HIDDEN = pattern(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0"
    "\ufe00-\ufe0d\U000e0100-\U000e01ef]"
    "|(?<=[\ufe0e\ufe0f])[\ufe0e\ufe0f]"
)
"""Characters that Unicode counts as printable and that show nothing: joiners, fillers, the blank
Braille cell and variation selectors, which carry smuggled bytes. One emoji selector is let by."""

_RUNNER_LINE = pattern(r"^(\s*):(?=:)")
_RUNNER_WORD = pattern(r"(?<=\s):(?=:)")
_RUNNER_OLD = pattern(r"#(?=#(?:\[|vso\[))", re.IGNORECASE)
_BACKTICKS = pattern(r"`+")
_PUNCTUATION = pattern(r"[\\`*\[\]#|~$]|(?<![^\W_])_|_(?![^\W_])")
_LINE_START = pattern(r"^(\s*)(?:([-+=])|(\d{1,9})([.)]))")
_LONG_HEX = pattern(r"[0-9A-Fa-f]{7,}")
_TICKET = pattern(r"\b(GH)-(?=\d)", re.IGNORECASE)
_WWW = pattern(r"\b(www)\.", re.IGNORECASE)

_SECRETS = pattern(
    r"""
    (?P<GitHub_token> \bgh[pousr]_[0-9A-Za-z]{30,} | \bgithub_pat_[0-9A-Za-z_]{22,} )
    | (?P<GitLab_token> \bglpat-[0-9A-Za-z_-]{20,} )
    | (?P<AWS_key_id> \b(?:AKIA|ASIA)[0-9A-Z]{16}\b )
    | (?P<Slack_token> \bxox[abeprs]-[0-9A-Za-z-]{10,} )
    | (?P<Anthropic_key> \bsk-ant-[0-9A-Za-z_-]{20,} )
    | (?P<OpenAI_key> \bsk-proj-[0-9A-Za-z_-]{20,} )
    | (?P<Stripe_key> \b[rs]k_live_[0-9A-Za-z]{16,} )
    | (?P<Google_key> \bAIza[0-9A-Za-z_-]{35} )
    | (?P<Vault_token> \bhv[sb]\.[0-9A-Za-z_-]{20,} )
    | (?P<npm_token> \bnpm_[0-9A-Za-z]{36} )
    | (?P<PyPI_token> \bpypi-AgE[0-9A-Za-z_-]{50,} )
    | (?P<SendGrid_key> \bSG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,} )
    | (?P<DigitalOcean_token> \bdo[opr]_v1_[0-9a-f]{40,} )
    | (?P<OpenAI_legacy_key> \bsk-[0-9A-Za-z]{32,} )
    | (?P<Hugging_Face_token> \bhf_[0-9A-Za-z]{30,} )
    | (?P<Terraform_token> \b[0-9A-Za-z]{14}\.atlasv1\.[0-9A-Za-z_-]{40,} )
    | (?P<Slack_webhook> \bhooks\.slack\.com/(?:services|workflows)/[0-9A-Za-z/_-]{16,} )
    | (?P<Linear_key> \blin_api_[0-9A-Za-z]{32,} )
    | (?P<Shopify_token> \bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32} )
    | (?P<Grafana_token> \bglsa_[0-9A-Za-z]{32}_[0-9a-fA-F]{8} )
    | (?P<Databricks_token> \bdapi[0-9a-f]{32} )
    | (?P<Azure_key> \b(?:AccountKey|SharedAccessKey)=[0-9A-Za-z+/=]{40,} )
    | (?P<password_in_an_address> ://[^\s/:@]{0,100}:[^\s/@]{3,200}(?=@) )
    | (?P<web_token> \beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,} )
    | (?P<private_key> -----BEGIN\ [A-Z\ ]{0,40}PRIVATE\ KEY-----
        (?: [^-]{0,8000} -----END\ [A-Z\ ]{0,40}KEY----- )? )
    """,
    re.VERBOSE,
)
"""Shapes that are a credential and hardly anything else; the vendors document these prefixes. The
rule about added secrets has the large set, this one guards free text that is quoted."""


_SECRET_START = pattern(
    r"gh[pousr]_|github_pat_|glpat-|AKIA|ASIA|xox[a-z]-|sk-ant-|sk-proj-|k_live_|AIza|hv[sb]\."
    r"|npm_|pypi-|SG\.|do[opr]_v1|eyJ|-----BEGIN|sk-[0-9A-Za-z]|hf_|atlasv1|hooks\.slack"
    r"|lin_api_|shp(?:at|ca|pa|ss)_|glsa_|dapi[0-9a-f]|AccessKey=|AccountKey=|://[^\s/@]{0,100}:"
)
"""What each of `_SECRETS` begins with, to look at ordinary text only once."""

MIN_SECRET = 16
"""Shorter text holds no credential of these shapes."""


def _show(text: str) -> str:
    if not text.isprintable():
        text = "".join(char if char.isprintable() else f"\\u{{{ord(char):x}}}" for char in text)
    if text.isascii():
        return text
    return _HIDDEN.sub(lambda match: f"\\u{{{ord(match[0]):x}}}", text)


def neutralise(text: str, limit: int = MAX_FIELD) -> str:
    """One printable line out of untrusted text.

    Args:
        text: anything.
        limit: characters to keep; longer text ends in an ellipsis.

    Returns:
        The text with whatever is shaped like a credential replaced by its kind, every control,
        bidi, zero-width, tag and line-breaking character, every surrogate and every invisible
        filler shown as `\\u{hex}`, cut to `limit`.
    """
    if len(text) >= MIN_SECRET:
        text = _redacted(text if len(text) <= MAX_REDACTED else text[:MAX_REDACTED])
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text
    shown = _show(text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def redact(text: str) -> str:
    """The text with everything that looks like a credential replaced by what kind it was.

    For titles and messages that are quoted; a value that a rule found never gets this far. Only
    the first `MAX_REDACTED` characters are kept.
    """
    return _redacted(text[:MAX_REDACTED]) if len(text) >= MIN_SECRET else text


@functools.lru_cache(maxsize=4096)
def _redacted(text: str) -> str:
    if _SECRET_START.search(text) is None:
        return text
    return _SECRETS.sub(lambda match: f"[{str(match.lastgroup).replace('_', ' ')} removed]", text)


def log_line(text: str, limit: int = MAX_FIELD) -> str:
    """One line that the Actions runner cannot read as a command, wherever it is wrapped.

    The runner takes `::command::` after any leading white space, and `##[command]` anywhere in a
    line, from standard output and standard error alike (actions/runner, ActionCommand).
    """
    return _defuse(neutralise(text, limit))


def _defuse(line: str) -> str:
    if "::" in line:
        line = _RUNNER_LINE.sub(r"\1\\u{3a}", line)
        line = _RUNNER_WORD.sub(r"\\u{3a}", line)
    return _RUNNER_OLD.sub(r"\\u{23}", line) if "##" in line else line


def guard_log(text: str) -> str:
    """A finished, many-lined text with every line that would be a runner command broken.

    The last step of whatever writes to a log: our own lines pass unchanged.
    """
    if "::" not in text and "##" not in text:
        return text
    return "\n".join(_defuse(line) for line in text.split("\n"))


def workflow_data(text: str, limit: int = 4000) -> str:
    """Text as the data of one of our own workflow commands (`::error::<data>`).

    Lines survive as `%0A`; everything else invisible is shown.
    """
    lines = re.split(r"\r\n|\r|\n", text[: limit + 1])
    joined = "\n".join(_RUNNER_OLD.sub(r"\\u{23}", _show(line)) for line in lines)
    if len(joined) > limit:
        joined = joined[: limit - 1] + "…"
    return joined.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def code_span(text: str, limit: int = MAX_FIELD, *, table: bool = False) -> str:
    """Text as a Markdown code span that it cannot leave.

    Args:
        text: anything.
        limit: characters of it to keep.
        table: the span stands in a table cell, so pipes are escaped.

    Returns:
        The span, on one line; mentions, references and links do not act inside it.
    """
    shown = _hide_comment(_defuse(neutralise(text, limit))) or "(empty)"
    fence = "`" * (_longest(shown) + 1)
    if shown[0] == "`" or shown[-1] == "`" or (shown[0] == shown[-1] == " "):
        shown = f" {shown} "
    if table:
        shown = shown.replace("|", "\\|")
    return f"{fence}{shown}{fence}"


def _hide_comment(text: str) -> str:
    """Text that cannot pass for one of our own `<!-- gate ... -->` marks in a body."""
    return text.replace("<!--", "<\\u{21}--")


def _longest(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)


def plain_markdown(text: str, limit: int = MAX_FIELD) -> str:
    """Text as Markdown prose that reads as itself: no markup, HTML, mention, reference or link.

    Paths, names and everything one may want to copy belong in `code_span`: this one breaks
    mentions and links with zero-width spaces.
    """
    shown = neutralise(text, limit)
    shown = _PUNCTUATION.sub(r"\\\g<0>", shown)
    shown = _LINE_START.sub(_escape_start, shown)
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = shown.replace("@", "@" + ZERO_WIDTH_SPACE).replace("#", "#" + ZERO_WIDTH_SPACE)
    shown = shown.replace("://", f":{ZERO_WIDTH_SPACE}//").replace("::", f":{ZERO_WIDTH_SPACE}:")
    shown = _TICKET.sub(rf"\1-{ZERO_WIDTH_SPACE}", shown)
    shown = _WWW.sub(rf"\1{ZERO_WIDTH_SPACE}.", shown)
    return _LONG_HEX.sub(_break_hex, shown)


def _escape_start(match: re.Match[str]) -> str:
    space, mark, number, dot = match.groups()
    return f"{space}\\{mark}" if mark else f"{space}{number}\\{dot}"


def _break_hex(match: re.Match[str]) -> str:
    run = match[0]
    return ZERO_WIDTH_SPACE.join(run[at : at + 6] for at in range(0, len(run), 6))
