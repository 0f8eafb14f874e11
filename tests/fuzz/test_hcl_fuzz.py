"""Whatever bytes arrive as Terraform: they are decoded or refused in bounded time, no more."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate.decode.anchor import locate
from gate.decode.hcl.address import parse_address
from gate.decode.hcl.changes import FileVersions, HclChange, decode_hcl, prepare
from gate.decode.hcl.scan import split_items, split_template
from gate.errors import DecodeError
from gate.schema.changes import Changes
from gate.schema.finding import Anchor
from gate.schema.terraform import TerraformTables

PLANS = Path(__file__).parents[2] / "fixtures" / "terraform-plans"
REAL = sorted({path.read_bytes() for path in PLANS.rglob("*.tf")})
TABLES = TerraformTables(
    paths={"terraform_data": ("input", "input.*"), "*": ("lifecycle.prevent_destroy",)},
    surfaces={"terraform_*": ("data",)},
    policies={"terraform_data": ("input",)},
)
PIECES = [
    'resource "terraform_data" "a" {\n',
    "}\n",
    "\n",
    " ",
    "x = ",
    '"',
    "${",
    "%{ if x }",
    "%{ endif }",
    "$${",
    "}",
    "{",
    "[",
    "]",
    "(",
    ")",
    "<<EOT\n",
    "<<-EOT\n",
    "EOT\n",
    "#",
    "//",
    "/*",
    "*/",
    "\\",
    ",",
    "=",
    ":",
    "?",
    ".",
    "...",
    "*",
    "-",
    "!",
    "local.a",
    "var.a",
    "locals {\n",
    'variable "a" {\n  default = ',
    "for a in b : a",
    'dynamic "d" {\n  for_each = [1]\n  content {\n',
    "jsonencode(",
    "1e9",
    "null",
    "true",
    "count = 0\n",
    'module "m" {\n  source = "./m"\n}\n',
    "moved {\n  from = terraform_data.a\n  to = terraform_data.b\n}\n",
    "terraform {\n",
    'backend "s3" {\n',
    "\r\n",
    "\ufeff",
    "\u2028",
    "é",
]
BOUNDED = settings(max_examples=300, deadline=5000, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module", autouse=True)
def _parser() -> None:
    prepare()


def decode(before: bytes | None, after: bytes | None, path: str = "main.tf") -> HclChange | None:
    """The change, or `None` where it is refused."""
    try:
        return decode_hcl({path: FileVersions(before, after)}, TABLES)
    except DecodeError as error:
        message = error.message
    assert message.count("\n") == 0
    return None


@BOUNDED
@given(st.binary(max_size=300), st.sampled_from(["main.tf", "main.tf.json"]))
def test_any_bytes_are_decoded_or_refused(content: bytes, path: str) -> None:
    decode(None, content, path)


@BOUNDED
@given(
    st.lists(st.sampled_from(PIECES), max_size=40), st.lists(st.sampled_from(PIECES), max_size=8)
)
def test_any_mixture_of_tokens_is_decoded_or_refused(inner: list[str], outer: list[str]) -> None:
    body = "".join(inner)
    for text in (
        "".join(outer) + body,
        f'resource "terraform_data" "a" {{\n  input = {body}\n}}\n',
    ):
        decode(None, text.encode())


@BOUNDED
@given(st.sampled_from(REAL), st.data())
def test_mutated_configuration_is_decoded_or_refused(original: bytes, draw: st.DataObject) -> None:
    mutated = bytearray(original)
    for _ in range(draw.draw(st.integers(1, 5))):
        place = draw.draw(st.integers(0, len(mutated)))
        cut = draw.draw(st.integers(0, 5))
        mutated[place : place + cut] = draw.draw(st.sampled_from(PIECES)).encode()
    found = decode(original, bytes(mutated))
    lines = bytes(mutated).count(b"\n") + 1
    for resource in found.resources if found else ():
        assert resource.at is not None
        limit = lines if resource.at.side == "RIGHT" else original.count(b"\n") + 1
        assert 1 <= (resource.at.line or 0) <= (resource.at.end_line or 0) <= limit


@BOUNDED
@given(st.sampled_from(REAL))
def test_the_same_file_twice_is_no_change(original: bytes) -> None:
    assert decode(original, original) == HclChange((), ())


@BOUNDED
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_scanner_covers_what_it_accepts(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        items = split_items(text, "main.tf")
        split_template(text, "main.tf")
    except DecodeError:
        return
    position = 0
    for item in items:
        position = text.index(item.text, position) + len(item.text)
        assert item.line <= item.end_line <= text.count("\n") + 1


class Folder:
    """A reader that holds one file on both sides."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def read(self, paths: list[str], side: str) -> dict[str, bytes]:
        return dict.fromkeys(paths, self.content)

    def list_directory(self, path: str, side: str) -> tuple[str, ...]:
        return ("main.tf",)


@BOUNDED
@given(
    st.lists(st.sampled_from(PIECES), max_size=30),
    st.text(max_size=30) | st.sampled_from(["terraform_data.a", "module.m.terraform_data.a"]),
    st.text(max_size=12) | st.sampled_from(["x", "d.x", "input"]),
)
def test_any_anchor_is_found_or_not(pieces: list[str], address: str, attribute: str) -> None:
    content = "".join(pieces).encode()
    anchor = Anchor(root="", address=address, attribute=attribute)
    reader = Folder(content)
    found = locate([anchor], reader, Changes())  # type: ignore[arg-type]
    if found:
        assert parse_address(address) is not None
        assert 1 <= (found[anchor].line or 0) <= content.count(b"\n") + 1
