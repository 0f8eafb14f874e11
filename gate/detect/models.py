"""Read the name of a known model out of what an author wrote, and nothing else of it.

A model's name reaches reports and the ledger, so the words around it must not: a name is taken as
far as its words are known (maker, family, tier, version) and ends at the first that is not.
"""

from __future__ import annotations

import re

from gate.pattern import pattern

MAX_NAME = 80
"""Characters of a model's name."""

_MAKERS = (
    "anthropic|openai|google|deepmind|vertex|vertex_ai|bedrock|azure|aws|amazon|openrouter|x-?ai"
    "|meta|meta-llama|mistralai|moonshotai|z-?ai|zhipu|alibaba|deepseek-ai|minimax|nvidia|cohere"
    "|microsoft|github|ollama|us|eu|global"
)
_FAMILIES = (
    "claude|chatgpt|codegpt|gpt|o[134]|gemini|gemma|palm|grok|llama|codellama|qwen|qwq|deepseek"
    "|mistral|mixtral|codestral|devstral|magistral|ministral|kimi|glm|chatglm|codex|composer|swe"
    "|phi|nova|titan|minimax|ernie|hunyuan|doubao|jamba|nemotron|granite|starcoder|command|yi"
    "|opus|sonnet|haiku|fable|mimo|step|seed|longcat"
)
_WORDS = (
    "opus|sonnet|haiku|fable|instant|mini|nano|pro|flash|lite|max|turbo|preview|latest|fast|thinking"
    "|reasoning|reasoner|high|low|medium|xhigh|sol|coder|code|chat|instruct|plus|air|large|small|exp"
    "|experimental|ultra|premier|micro|base|free|beta|alpha|distill|oss|build|spark|scout|maverick"
    "|next|it|r|k|m|v"
)
_VERSION = r"[vrkm]?\d{1,8}[a-z]{0,2}"

_FLOATING = pattern(r"(?<![a-z])(?:latest|auto|default)(?![a-z])", re.IGNORECASE)
"""Names that mean another model tomorrow."""
_SNAPSHOT = pattern(
    r"(?<![\w.])(?:20\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])"
    r"|(?<=preview-)(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"|(?<=[-@])\d{3,4})(?![\w.])",
    re.IGNORECASE,
)
_NUMBER = pattern(
    r"(?<![a-z\d.])(?:gpt|qwen|gemma|glm|llama|phi|grok|nova|o|v|r|k|m)?[- ]?"
    r"(\d{1,2}(?:[.-]\d{1,2})?o?)(?![a-z\d.])",
    re.IGNORECASE,
)

_MODEL = pattern(
    rf"(?<![\w@])(?:(?:{_MAKERS})[/.: -]{{1,2}}){{0,3}}"
    rf"(?:{_FAMILIES})(?:{_VERSION})?(?![^\W_])"
    rf"(?:[\s._:/@+-]{{1,2}}(?:{_FAMILIES}|{_WORDS}|{_VERSION})(?![^\W_])){{0,12}}",
    re.IGNORECASE | re.ASCII,
)


def known_model(text: str) -> str | None:
    """The first model named in a text, as it was written, or `None`.

    Args:
        text: anything; 300 characters of it are read.
    """
    found = _MODEL.search(text[:300])
    return found[0][:MAX_NAME] if found is not None else None


def read_version(model: str) -> str | None:
    """The dated snapshot within a model's name, else its version number, or `None`.

    A floating alias (`claude-sonnet-latest`) has neither: it is another model tomorrow. The size of
    a model (`480b`) is no version.

    Args:
        model: a name that `known_model` gave.
    """
    if _FLOATING.search(model) is not None:
        return None
    dated = _SNAPSHOT.search(model)
    if dated is not None:
        return dated[0]
    number = _NUMBER.search(model)
    return number[1] if number is not None else None
