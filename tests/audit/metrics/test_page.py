"""The page needs nothing but itself, takes no markup from the ledger, and a browser draws it."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pytest
from audit.metrics.test_figures import hostile
from audit.metrics_history import SINCE, UNTIL, write

from gate.audit.metrics import measure
from gate.audit.metrics.charts import Bar, Part, columns, rows
from gate.audit.metrics.page import render
from gate.audit.reading import read_all

VOID = {"meta", "link", "img", "br", "input"}
LOADING = {"src", "href", "srcset", "action", "data", "poster", "background", "ping"}


class Reader(HTMLParser):
    """Says which elements, attributes and words a page has, and whether elements nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of the month."""
    store = write(str(tmp_path_factory.mktemp("history") / "ledger.jsonl"))
    return render(measure(read_all(store), SINCE, UNTIL))


def test_page_loads_and_runs_nothing(page: str) -> None:
    read = Reader(page)
    assert not read.tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    assert not read.attributes & LOADING
    assert not [name for name in read.attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import|https?:", page)
    assert "default-src 'none'" in page


def test_page_shows_the_figures(page: str) -> None:
    words = " ".join(" ".join(Reader(page).words).split())
    for shown in ("14 AI changes of 16", "87.5 %", "tf-bot", "2026-09-01 to 2026-10-01"):
        assert shown in words
    assert page.count("<svg") == 9


def test_page_of_nothing_says_no_data() -> None:
    text = render(measure([]))
    words = Reader(text).words
    assert words.count("no data") > 12
    assert "<svg" not in text
    assert "0.0 %" not in text


def test_names_of_the_ledger_are_no_markup() -> None:
    text = render(hostile())
    read = Reader(text)
    assert "script" not in read.tags
    assert any("<script>alert(1)</script>" in word for word in read.words)
    assert "\x1b" not in text


def test_page_is_dark_where_the_reader_likes_it_dark_and_fits_a_phone(page: str) -> None:
    assert "prefers-color-scheme: dark" in page
    assert 'name="viewport" content="width=device-width, initial-scale=1"' in page
    light, dark = page.split("prefers-color-scheme: dark", 1)
    names = set(re.findall(r"(--[a-z0-9-]+):", light))
    assert names == set(re.findall(r"(--[a-z0-9-]+):", dark.split("}", 1)[0]))
    assert set(re.findall(r"var\((--[a-z0-9-]+)\)", page)) <= names


@pytest.mark.parametrize("count", [1, 7, 31, 60])
@pytest.mark.parametrize("size", [1, 3, 40, 12345])
def test_columns_stay_inside_and_are_as_high_as_what_they_count(count: int, size: int) -> None:
    bars = [
        Bar(f"{n} Sep", (Part(size, "green", "a"), Part(size * (n + 1), "red", "b")))
        for n in range(count)
    ]
    chart = columns("title", "note", bars, "nothing")
    for box in chart.boxes:
        assert 0 <= box.x <= box.x + box.width <= 400
        assert 0 <= box.y <= box.y + box.height <= 169
    first, second = chart.boxes[-2:]
    if first.height > 5:
        assert second.height / first.height == pytest.approx(count, rel=0.05)
    assert chart.legend == (("green", "a"), ("red", "b"))


def test_rows_leave_room_for_their_figures() -> None:
    bars = [Bar("acme/" + "x" * 90, (Part(9, "green", ""),), "1,234 of 5,678"), Bar("b", ())]
    chart = rows("title", "note", bars, "nothing")
    assert max(box.x + box.width for box in chart.boxes) <= 340
    assert max(len(word.text) for word in chart.words if word.style == "name") <= 16


def test_nothing_to_draw_says_why() -> None:
    assert columns("t", "n", [Bar("a", (Part(0, "red", ""),))], "nothing").empty == "nothing"
    assert rows("t", "n", [], "nothing").empty == "nothing"


def pixels(png: bytes) -> tuple[int, int, set[bytes]]:
    """Width, height and the colours of an 8-bit picture, each line's own filter left on."""
    width, height = struct.unpack(">II", png[16:24])
    data, at = b"", 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        data += png[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    raw = zlib.decompress(data)
    return width, height, {raw[n : n + 3] for n in range(1, len(raw) - 3, 997)}


@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium")
@pytest.mark.parametrize("width", [375, 1360])
def test_browser_draws_the_page(page: str, tmp_path: Path, width: int) -> None:
    (tmp_path / "page.html").write_text(page)
    picture = tmp_path / "page.png"
    answer = subprocess.run(
        [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},1600",
            "--enable-logging=stderr", f"--screenshot={picture}", f"file://{tmp_path}/page.html",
        ],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr[-2000:]
    assert "CONSOLE" not in answer.stderr
    _, height, colors = pixels(picture.read_bytes())
    assert height == 1600
    assert len(colors) > 20
