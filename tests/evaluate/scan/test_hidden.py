"""Hidden characters are told from the ordinary uses of the same code points."""

from __future__ import annotations

import time

import pytest

from gate.evaluate.scan.hidden import TITLES, find_oddities, name_of
from gate.evaluate.scan.plain import is_plain

HIDDEN = [
    ("bidi_control", "if a:\u202e b"),
    ("bidi_control", "x\u2066y\u2069"),
    ("bidi_mark", "user\u200ename"),
    ("bidi_mark", "admin\u061c"),
    ("tag", "hello\U000e0068\U000e0069"),
    ("tag", "\U0001f3f4\U000e0075\U000e0073\U000e0063\U000e0061\U000e007f"),
    ("tag", "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067"),
    ("variation_selector", "a\U000e0100"),
    ("variation_selector", "\u4e00\U000e0100\U000e0101"),
    ("variation_selector", "x = '\ufe0f\ufe0f'"),
    ("variation_selector", "a\ufe0f"),
    ("variation_selector", "\u2764\ufe00"),
    ("zero_width", "ig\u200bnore"),
    ("zero_width", "a\u2060b"),
    ("zero_width", "a\u180eb"),
    ("joiner", "a\u200db"),
    ("joiner", "pass\u200cword"),
    ("byte_order_mark", "a\ufeffb"),
    ("invisible", "a\u2062b"),
    ("invisible", "x\u3164 = 1"),
    ("invisible", "a\u2800b"),
    ("invisible", "a\u034fb"),
    ("soft_hyphen", "pass\u00adword"),
    ("line_separator", "// ok\u2028run()"),
    ("control", "a\x1b[2Jb"),
    ("control", "a\x00b"),
    ("control", "a\x08b"),
    ("control", "a\x85b"),
    ("control", "a\x7fb"),
    ("private_use", "a\ue000b"),
    ("private_use", "a\U000f0001b"),
    ("odd_space", "a\u00a0= 1"),
    ("odd_space", "a\u2003b"),
    ("mixed_script", "p\u0430ssword = 1"),
    ("mixed_script", "is_\u0430dmin"),
    ("mixed_script", "\u0440\u0430ypal.com"),
    ("mixed_script", "g\u03bf\u03bfgle"),
    ("mixed_script", "\uff45val"),
    ("styled_letter", "\U0001d41exec(x)"),
    ("escaped_tag", "x = '\\U000e0041'"),
    ("escaped_tag", "x = '\\u{e0041}'"),
]
FINE = [
    "plain text\twith tab\r",
    "I \u2764\ufe0f it, 1\ufe0f\u20e3 and \u00a9\ufe0f",
    "family \U0001f468\u200d\U0001f469\u200d\U0001f467 and \U0001f9d1\U0001f3fd\u200d\U0001f4bb",
    "\u2764\ufe0f\u200d\U0001f525 \U0001f441\ufe0f\u200d\U0001f5e8\ufe0f",
    "\U0001f3f4\u200d\u2620\ufe0f",
    "England \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "Scotland \U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "Wales \U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
    "\u05e9\u05dc\u05d5\u05dd (abc)\u200f \u05d0",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "\u0915\u094d\u200d\u0937 \u0915\u094d\u200c\u0937",
    "\u0d23\u0d4d\u200d end",
    "\u845b\U000e0100\u57ce",
    "5 \u00b5s, 5 \u03bcs, 10k\u03a9, \u0394x, 2\u03c0r, \u03c3x",
    "\u043f\u0440\u0438\u0432\u0435\u0442 world, user_\u0438\u043c\u044f",
    "\u2801\u2800\u2802",
    "\u0e44\u0e17\u0e22\u200b\u0e44\u0e17\u0e22",
    "\u4e16\u754c\u3000\u4f60\u597d",
    "Bonjour\u00a0! \u00ab\u00a0oui\u00a0\u00bb",
    "na\u00efve caf\u00e9 stra\u00dfe \u0130stanbul",
    "\udc80\udcff",
]


@pytest.mark.parametrize(("kind", "text"), HIDDEN)
def test_hidden_character_is_found_in_code(kind: str, text: str) -> None:
    assert kind in {found.kind for found in find_oddities(text, "code")}


@pytest.mark.parametrize("text", FINE)
def test_ordinary_use_is_left_alone(text: str) -> None:
    assert list(find_oddities(text, "code")) == []


def test_every_class_has_a_case() -> None:
    assert {kind for kind, _ in HIDDEN} == set(TITLES) - {"too_many"}


@pytest.mark.parametrize(("kind", "text"), HIDDEN)
def test_hidden_character_is_never_plain(kind: str, text: str) -> None:
    assert not is_plain(text.encode())


def test_ascii_is_plain() -> None:
    assert is_plain(b"x = '\\u202e'\n\tfoo\r\n\f")


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("a\u202eb", "block"),
        ("a\U000e0041b", "block"),
        ("p\u0430ssword", "block"),
        ("a\u200bb", "warn"),
        ("a\u00adb", "warn"),
    ],
)
def test_prose_lowers_only_what_prose_has(text: str, weight: str) -> None:
    assert [found.weight for found in find_oddities(text, "prose")] == [weight]


def test_prose_may_give_a_latin_acronym_a_cyrillic_ending() -> None:
    word = "PDF\u043a\u0430 SQL\u0449\u0438\u043a"
    assert list(find_oddities(word, "prose")) == []
    assert list(find_oddities(word, "code")) != []


def test_byte_order_mark_is_fine_at_the_start_of_a_file_only() -> None:
    assert list(find_oddities("\ufeffx", "code", at_file_start=True)) == []
    assert list(find_oddities("\ufeffx", "code")) != []


def test_name_never_holds_the_character_itself() -> None:
    assert name_of(0x202E) == "U+202E RIGHT-TO-LEFT OVERRIDE"
    assert name_of(0x1B) == "U+001B"
    assert name_of(0xE0041) == "U+E0041 TAG LATIN CAPITAL LETTER A"


@pytest.mark.parametrize(
    "unit", ["\u200b", "\U0001f3f4", "\ufe0f", "p\u0430", "\\u{e0041}", "\u202e "]
)
def test_flood_is_read_in_linear_time(unit: str) -> None:
    started = time.process_time()
    assert sum(1 for _ in find_oddities(unit * 100_000, "code")) >= 0
    assert time.process_time() - started < 5
