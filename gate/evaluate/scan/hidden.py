"""Characters that a reader does not see or takes for others; their ordinary uses are left out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from gate.evaluate.scan.plain import ESCAPED_TAG
from gate.pattern import pattern

Place = Literal["code", "prose", "message"]
"""Where a text stands: program text and configuration, documentation, or the words around it."""


class Oddity(NamedTuple):
    """One hidden or misleading character."""

    kind: str
    """Class of the character."""
    code: int
    """Code point."""
    at: int
    """Offset into the text, in characters."""
    weight: Literal["block", "approve", "warn"]
    """How much it matters at that place."""


TITLES = {
    "bidi_control": "bidirectional control",
    "bidi_mark": "bidirectional mark",
    "tag": "tag character",
    "variation_selector": "variation selector",
    "zero_width": "zero-width character",
    "joiner": "zero-width joiner outside an emoji or a joining script",
    "byte_order_mark": "byte order mark inside the text",
    "invisible": "invisible character",
    "soft_hyphen": "soft hyphen",
    "line_separator": "line or paragraph separator",
    "control": "control character",
    "private_use": "private-use character",
    "odd_space": "space that is no ordinary space",
    "mixed_script": "word that mixes look-alike alphabets",
    "styled_letter": "styled letter in program text",
    "escaped_tag": "escaped tag character",
    "too_many": "flood of hidden characters, too many to look at",
}
"""Class -> words for the message. Source: Unicode 16 charts, CVE-2021-42574, CVE-2021-42694."""

_SUSPECTS = pattern(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\xa0\xad\u034f\u061c\u115f\u1160\u1680\u180b-\u180f"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U0001d400-\U0001d7ff\ue000-\uf8ff\U000e0000-\U000e0fff\U000f0000-\U0010fffd]"
)
_FLAGS = pattern(
    "\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067"
    "|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)\U000e007f"
)
"""England, Scotland, Wales: the only tag sequences recommended for interchange (RGI)."""
_RTL = pattern(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_JOINING = pattern(
    "[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1900-\u1cff"
    "\ua840-\ua8ff\ua9e0-\uaa7f\ufb50-\ufdff\ufe70-\ufefc\U00011000-\U000114df]"
)
"""Scripts in which joiners shape letters: Arabic, Syriac, Indic, Myanmar, Khmer, Mongolian."""
_SPACELESS = pattern("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Thai, Lao, Myanmar, Khmer: written without spaces; zero-width ones mark where to break."""
_EMOJI = pattern(
    "[\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u23ff\u2460-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\xa9\xae\u203c\u2049\u2122\u2139\u20e3]"
)
_IDEOGRAPH = pattern("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_WIDE = pattern("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]")
_FRENCH_AFTER = pattern("[!?;:%\xbb\u20ac]")
"""What French sets a narrow space before."""
_SPACES = frozenset([0xA0, 0x1680, 0x202F, 0x205F, 0x3000, *range(0x2000, 0x200B)])
_INVISIBLE = frozenset(
    [
        0x034F,
        0x115F,
        0x1160,
        0x3164,
        0xFFA0,
        0x2800,
        *range(0x2061, 0x2066),
        *range(0x206A, 0x2070),
        0xFFF9,
        0xFFFA,
        0xFFFB,
    ]
)

_LATIN = pattern("[A-Za-z\xc0-\u024f]")
_OTHER_SCRIPT = pattern(
    "[\u0400-\u052f\u0530-\u058f\u13a0-\u13ff\u1c80-\u1c8f\u2c80-\u2cff"
    "\u2de0-\u2dff\ua4d0-\ua4ff\ua640-\ua69f\uab70-\uabbf]"
)
"""Cyrillic, Armenian, Cherokee, Coptic, Lisu: alphabets with letters drawn like Latin ones."""
_GREEK_LOOKALIKE = pattern(
    "[\u0391\u0392\u0395-\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4"
    "\u03a5\u03a7\u03bf\u03bd\u03f2\u03f3]"
)
"""Greek letters drawn like Latin ones; mu, Omega, Delta, pi and the rest are ordinary in units."""
_FOREIGN = pattern(
    _OTHER_SCRIPT.pattern[:-1] + _GREEK_LOOKALIKE.pattern[1:-1] + "\uff21-\uff3a\uff41-\uff5a]"
)
"""Those, with full-width Latin."""
_DRAWN_ALIKE = frozenset(
    "\u0430\u0432\u0435\u0455\u0456\u0458\u043a\u043c\u043d\u043e\u0440\u0441\u0441\u0442"
    "\u0443\u0445\u04bd\u04bb\u0501\u051b\u051d\u04cf\u0410\u0412\u0415\u0405\u0406\u0408"
    "\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u04ba\u050c\u051a\u051c\u0417"
    "\u0431\u0433"
)
"""Cyrillic and Armenian letters drawn like Latin ones (Unicode confusables)."""
_WORD = pattern(r"[^\W_]{2,}")
_ACRONYM = pattern("[A-Z]{2,}[\u0430-\u044f]+")
"""A Latin acronym with a Cyrillic ending, as Russian prose has them."""

_ESCAPED_TAG = pattern(ESCAPED_TAG)


def find_oddities(text: str, place: Place, *, at_file_start: bool = False) -> Iterator[Oddity]:
    """Every hidden or misleading character, by offset within each class.

    Args:
        text: decoded text; undecodable bytes are lone surrogates and are passed over.
        place: where it stands.
        at_file_start: whether the text begins where its file does; a byte order mark is fine there.
    """
    masked = _FLAGS.sub(lambda flag: "\U0001f3f4" * len(flag[0]), text)
    for match in _SUSPECTS.finditer(masked):
        at = match.start()
        if at == 0 and at_file_start and match[0] == "\ufeff":
            continue
        found = _judge(masked, at, place)
        if found:
            yield Oddity(found[0], ord(match[0]), at, found[1])
    yield from _mixed_words(text, place)
    for escape in _ESCAPED_TAG.finditer(text):
        yield Oddity("escaped_tag", 0xE0000, escape.start(), "approve")


_Answer = tuple[str, Literal["block", "approve", "warn"]] | None


def _judge(text: str, at: int, place: Place) -> _Answer:
    code = ord(text[at])
    for low, high, judge in _RANGES:
        if low <= code <= high:
            return judge(text, at, place)
    if code in _SPACES:
        return _space(text, at, place)
    if code in _INVISIBLE:
        return _invisible(text, at, place)
    return None


def _control(text: str, at: int, place: Place) -> _Answer:
    return "control", "block"


def _bidi(text: str, at: int, place: Place) -> _Answer:
    return "bidi_control", "block"


def _bidi_mark(text: str, at: int, place: Place) -> _Answer:
    beside_rtl = _near(text, at, -1, _RTL) or _near(text, at, 1, _RTL)
    return None if beside_rtl else ("bidi_mark", "block")


def _tag(text: str, at: int, place: Place) -> _Answer:
    return "tag", "block"


def _supplement(text: str, at: int, place: Place) -> _Answer:
    """One after an ideograph selects its glyph; anything else carries hidden bytes."""
    if _IDEOGRAPH.match(text, at - 1) if at else None:
        return None
    return "variation_selector", "block"


def _selector(text: str, at: int, place: Place) -> _Answer:
    former = text[at - 1] if at else ""
    is_presentation = text[at] in "\ufe0e\ufe0f"
    beside_letter = former.isascii() and former.isalpha()
    hides = former in ("", "\n") or "\ufe00" <= former <= "\ufe0f" or beside_letter
    return None if is_presentation and not hides else ("variation_selector", "block")


def _zero_width(text: str, at: int, place: Place) -> _Answer:
    if text[at] == "\u200b" and at and _SPACELESS.match(text, at - 1):
        return None
    return "zero_width", "block" if place == "code" else "warn"


def _joiner(text: str, at: int, place: Place) -> _Answer:
    following = text[at + 1 : at + 2]
    if at and _JOINING.match(text, at - 1):
        return None if not following.isalnum() or _JOINING.match(following) else ("joiner", "block")
    if text[at] == "\u200d" and _emoji_before(text, at) and _EMOJI.match(text, at + 1):
        return None
    return "joiner", "block"


def _mongolian(text: str, at: int, place: Place) -> _Answer:
    if text[at] != "\u180e" and at and "\u1800" <= text[at - 1] <= "\u18af":
        return None
    return "zero_width", "block"


def _byte_order_mark(text: str, at: int, place: Place) -> _Answer:
    return "byte_order_mark", "block"


def _separator(text: str, at: int, place: Place) -> _Answer:
    return "line_separator", "block"


def _soft_hyphen(text: str, at: int, place: Place) -> _Answer:
    return "soft_hyphen", "approve" if place == "code" else "warn"


def _private(text: str, at: int, place: Place) -> _Answer:
    return "private_use", "approve" if place == "code" else "warn"


def _styled(text: str, at: int, place: Place) -> _Answer:
    """Python reads a mathematical letter in a name as the plain one."""
    former = text[at - 1] if at else ""
    if place != "code" or "\U0001d400" <= former <= "\U0001d7ff":
        return None
    following = text[at + 1 : at + 2]
    is_identifier = (following.isalnum() or following in ("_", "(")) and following != ""
    return ("styled_letter", "approve") if is_identifier else None


def _space(text: str, at: int, place: Place) -> _Answer:
    beside_wide = _near(text, at, -1, _WIDE) or _near(text, at, 1, _WIDE)
    if place != "code" or (text[at] == "\u3000" and beside_wide):
        return None
    is_french = _FRENCH_AFTER.match(text, at + 1) or text[at - 1 : at] == "\xab"
    if text[at] in "\xa0\u202f" and is_french:
        return None
    return "odd_space", "approve"


def _invisible(text: str, at: int, place: Place) -> _Answer:
    neighbours = text[max(0, at - 1) : at] + text[at + 1 : at + 2]
    if text[at] == "\u2800" and any("\u2800" <= char <= "\u28ff" for char in neighbours):
        return None
    return "invisible", "block"


_Judge = Callable[[str, int, Place], _Answer]
_RANGES: tuple[tuple[int, int, _Judge], ...] = (
    (0x0000, 0x001F, _control),
    (0x007F, 0x009F, _control),
    (0x00AD, 0x00AD, _soft_hyphen),
    (0x061C, 0x061C, _bidi_mark),
    (0x180B, 0x180F, _mongolian),
    (0x200B, 0x200B, _zero_width),
    (0x200C, 0x200D, _joiner),
    (0x200E, 0x200F, _bidi_mark),
    (0x2028, 0x2029, _separator),
    (0x202A, 0x202E, _bidi),
    (0x2060, 0x2060, _zero_width),
    (0x2066, 0x2069, _bidi),
    (0xE000, 0xF8FF, _private),
    (0xFE00, 0xFE0F, _selector),
    (0xFEFF, 0xFEFF, _byte_order_mark),
    (0x1D400, 0x1D7FF, _styled),
    (0xE0100, 0xE01EF, _supplement),
    (0xE0000, 0xE0FFF, _tag),
    (0xF0000, 0x10FFFD, _private),
)


def _near(text: str, at: int, step: int, wanted: re.Pattern[str]) -> bool:
    """Whether the next character on one side, past spaces and punctuation of ASCII, is wanted."""
    for distance in range(1, 4):
        place = at + step * distance
        if not 0 <= place < len(text) or text[place] == "\n":
            return False
        if wanted.match(text, place):
            return True
        if text[place].isalnum():
            return False
    return False


def _emoji_before(text: str, at: int) -> bool:
    """Whether an emoji ends here, with its presentation selector or skin tone."""
    place = at - 1
    while place >= 0 and text[place] in "\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff":
        place -= 1
    return place >= 0 and _EMOJI.match(text, place) is not None


def _mixed_words(text: str, place: Place) -> Iterator[Oddity]:
    """Words of Latin letters with look-alikes of another alphabet among them."""
    if _FOREIGN.search(text) is None:
        return
    for match in _WORD.finditer(text):
        word = match[0]
        if word.isascii() or not _LATIN.search(word):
            continue
        foreign = _FOREIGN.search(word)
        if foreign is None or (place != "code" and not _could_pass(word)):
            continue
        yield Oddity("mixed_script", ord(foreign[0]), match.start() + foreign.start(), "block")


def _could_pass(word: str) -> bool:
    """Whether every foreign letter of the word is drawn like a Latin one: no reader sees it."""
    if _ACRONYM.fullmatch(word):
        return False
    foreign = [char for char in word if not _LATIN.match(char)]
    return all(
        char in _DRAWN_ALIKE or _GREEK_LOOKALIKE.match(char) or "\uff21" <= char <= "\uff5a"
        for char in foreign
    )


def name_of(code: int) -> str:
    """A code point in words: `U+202E RIGHT-TO-LEFT OVERRIDE`; never the character itself."""
    name = unicodedata.name(chr(code), "")
    return f"U+{code:04X} {name}".strip()
