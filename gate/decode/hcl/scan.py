"""Split HCL text into blocks and attributes with their lines, without parsing any expression.

The scanner is what keeps HCL cheap: only blocks that differ between the two sides are handed to
the parser, and a line can be found without one. It refuses hostile nesting before a parser sees it.
Source of the token rules: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from gate.errors import DecodeError
from gate.pattern import pattern
from gate.text import neutralise

MAX_BYTES = 1_000_000
"""Larger files are refused: the parser reads about 100 KB a second."""
MAX_DEPTH = 50
"""Open brackets, strings and templates at once; real policies stay below 20."""

_IDENTIFIER = r"[^\W\d][\w.-]*"
_CODE = pattern(rf'[\n"{{}}()\[\]=#]|//|/\*|<<-?({_IDENTIFIER})[ \t]*\r?\n')
_TEXT = pattern(r'\\.|"|\n|\$\$\{|%%\{|\$\{|%\{', re.DOTALL)
_TEMPLATE = pattern(r"\$\$\{|%%\{|\$\{|%\{")
_LABEL = pattern(rf'\s*(?:({_IDENTIFIER})|"((?:[^"\\]|\\.)*)")', re.DOTALL)
_BLANK = pattern(r"\s*")
_CLOSING = {"{": "}", "(": ")", "[": "]", "$": "}"}


class Item(NamedTuple):
    """One block or attribute of a body."""

    name: str
    """Block type or attribute name."""
    labels: tuple[str, ...]
    """Labels of a block; empty for an attribute."""
    is_block: bool
    """True: a block."""
    text: str
    """Source text of the whole item, without what surrounds it."""
    body: str
    """A block's text between its braces; an attribute's expression."""
    line: int
    """First line, 1-based."""
    end_line: int
    """Last line."""
    body_line: int
    """Line on which `body` starts."""


def read_text(content: bytes, what: str) -> str:
    """The text of an HCL file.

    Args:
        content: UTF-8, with or without a BOM.
        what: name for the error.

    Raises:
        DecodeError: too large, not UTF-8 (UTF-16 included), or with a NUL byte.
    """
    if len(content) > MAX_BYTES:
        raise DecodeError(f"{neutralise(what)}: larger than {MAX_BYTES} bytes", "Split the file.")
    if b"\0" in content:
        raise DecodeError(
            f"{neutralise(what)}: holds NUL bytes (UTF-16?)", "Write the file as UTF-8."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DecodeError(
            f"{neutralise(what)}: not UTF-8 at byte {error.start}", "Write the file as UTF-8."
        ) from error


def split_items(text: str, what: str, line: int = 1) -> tuple[Item, ...]:
    """The blocks and attributes of a body, in order.

    Args:
        text: a whole file, or the `body` of a block.
        what: path for the error.
        line: line on which the text starts.

    Raises:
        DecodeError: names path and line: unbalanced or too deeply nested brackets, an unterminated
            string, heredoc or comment, or text that is neither block nor attribute.
    """
    return _Scanner(text, what, line).split()


def split_template(text: str, what: str, line: int = 1) -> tuple[tuple[bool, str], ...]:
    """A template's parts as (is an expression, text); escapes `$${` and `%%{` become literal.

    Directives (`%{ if }`) are expressions too; their text starts with a percent sign.

    Raises:
        DecodeError: an interpolation that does not end, or nests too deep.
    """
    parts: list[tuple[bool, str]] = []
    literal: list[str] = []
    position = 0
    while match := _TEMPLATE.search(text, position):
        literal.append(text[position : match.start()])
        opening = match.group()
        if len(opening) == 3:
            literal.append(opening[1:])
            position = match.end()
            continue
        scanner = _Scanner(text, what, line + text.count("\n", 0, match.start()))
        end = scanner.skip_interpolation(match.end())
        parts.append((False, "".join(literal)))
        literal = []
        marker = "%" if opening[0] == "%" else ""
        parts.append((True, marker + text[match.end() : end - 1].strip("~ \t\r\n")))
        position = end
    literal.append(text[position:])
    parts.append((False, "".join(literal)))
    return tuple(part for part in parts if part[0] or part[1])


class _Scanner:
    """A pushdown scanner over one text; the stack holds open brackets, `"` and `$` (template)."""

    def __init__(self, text: str, what: str, line: int) -> None:
        self._text = text
        self._what = what
        self._first = line
        self._counted = 0
        self._line = line
        self._stack: list[str] = []
        self._items: list[Item] = []
        self._start = -1
        self._assigned = -1
        self._opened = -1

    def split(self) -> tuple[Item, ...]:
        """All items at the top of the text."""
        position = 0
        while (position := self._step(position)) >= 0:
            pass
        if self._stack:
            self._fail(len(self._text), f"`{self._stack[-1]}` is never closed")
        self._finish_attribute(len(self._text))
        return tuple(self._items)

    def skip_interpolation(self, position: int) -> int:
        """Where the interpolation that was opened before `position` ends (after its brace)."""
        opened_at = position
        self._stack.append("$")
        while self._stack:
            position = self._step(position)
            if position < 0:
                self._fail(opened_at, "interpolation is never closed")
        return position

    def _step(self, position: int) -> int:
        """Take one token; its end, or -1 at the end of the text."""
        if self._stack and self._stack[-1] == '"':
            return self._step_string(position)
        match = _CODE.search(self._text, position)
        stop = match.start() if match else len(self._text)
        if not self._stack and self._start < 0:
            self._begin(position, stop)
        if match is None:
            return -1
        mark = match.group()
        if mark[0] == "<":
            return self._skip_heredoc(match)
        if mark[0] in "#/":
            return self._skip_comment(mark, stop)
        self._take(mark, stop)
        return match.end()

    def _take(self, mark: str, position: int) -> None:
        if mark == '"':
            if not self._stack and self._start < 0:
                self._start = position
            self._push(mark, position)
        elif mark in "{([":
            self._open(mark, position)
        elif mark in "})]":
            self._close(mark, position + 1)
        elif self._stack:
            return
        elif mark == "\n":
            self._finish_attribute(position)
        elif self._assigned < 0:
            self._assigned = position + 1

    def _step_string(self, position: int) -> int:
        match = _TEXT.search(self._text, position)
        if match is None:
            self._fail(position, "string is never closed")
        mark = match.group()
        if mark == '"':
            self._stack.pop()
        elif mark == "\n":
            self._fail(match.start(), "string runs over the end of the line")
        elif mark in ("${", "%{"):
            self._push("$", match.start())
        return match.end()

    def _begin(self, position: int, stop: int) -> None:
        first = _BLANK.match(self._text, position).end()  # type: ignore[union-attr]
        if first < stop:
            self._start = first

    def _push(self, mark: str, position: int) -> None:
        self._stack.append(mark)
        if len(self._stack) > MAX_DEPTH:
            self._fail(position, f"nested more than {MAX_DEPTH} deep")

    def _open(self, mark: str, position: int) -> None:
        if not self._stack and self._assigned < 0:
            if mark != "{" or self._start < 0:
                self._fail(position, f"unexpected `{mark}`")
            self._opened = position
        self._push(mark, position)

    def _close(self, mark: str, end: int) -> None:
        if not self._stack or _CLOSING.get(self._stack[-1]) != mark:
            self._fail(end - 1, f"unexpected `{mark}`")
        self._stack.pop()
        if not self._stack and self._opened >= 0:
            self._finish_block(end)

    def _skip_heredoc(self, match: re.Match[str]) -> int:
        closing = re.compile(rf"^[ \t]*{re.escape(match.group(1))}[ \t]*\r?$", re.MULTILINE)
        found = closing.search(self._text, match.end())
        if found is None:
            self._fail(match.start(), "heredoc is never closed")
        return found.end()

    def _skip_comment(self, mark: str, position: int) -> int:
        if mark == "/*":
            end = self._text.find("*/", position + 2)
            if end < 0:
                self._fail(position, "comment is never closed")
            return end + 2
        end = self._text.find("\n", position)
        if not self._stack:
            self._finish_attribute(position)
        return len(self._text) if end < 0 else end

    def _finish_attribute(self, end: int) -> None:
        if self._start < 0:
            return
        if self._assigned < 0:
            self._fail(self._start, "neither a block nor an attribute")
        name = self._text[self._start : self._assigned - 1].strip()
        self._add(name, (), False, end, self._assigned)

    def _finish_block(self, end: int) -> None:
        words = self._words(self._text[self._start : self._opened])
        self._add(words[0], words[1:], True, end, self._opened + 1)

    def _add(self, name: str, labels: tuple[str, ...], is_block: bool, end: int, body: int) -> None:
        text = self._text
        self._items.append(
            Item(
                name=name.strip('"'),
                labels=labels,
                is_block=is_block,
                text=text[self._start : end].rstrip(),
                body=text[body : end - 1] if is_block else text[body:end],
                line=self._line_at(self._start),
                body_line=self._line_at(body),
                end_line=self._line_at(end),
            )
        )
        self._start = self._assigned = self._opened = -1

    def _words(self, header: str) -> tuple[str, ...]:
        header = re.sub(r"/\*.*?\*/", " ", header, flags=re.DOTALL).rstrip()
        words: list[str] = []
        position = 0
        while position < len(header):
            match = _LABEL.match(header, position)
            if match is None or "\n" in match.group():
                self._fail(self._start, "not a block header")
            words.append(match.group(1) or match.group(2) or "")
            position = match.end()
        return tuple(words)

    def _line_at(self, position: int) -> int:
        if position < self._counted:
            return self._first + self._text.count("\n", 0, position)
        self._line += self._text.count("\n", self._counted, position)
        self._counted = position
        return self._line

    def _fail(self, position: int, problem: str) -> NoReturn:
        line = self._first + self._text.count("\n", 0, position)
        raise DecodeError(
            f"{neutralise(self._what)}:{line}: not valid HCL: {problem}",
            "Run `terraform fmt` on the file.",
        )
