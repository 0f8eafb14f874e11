"""Checkpoints: their text, whose they are, and what two of them say of each other."""

from __future__ import annotations

import pytest
from store.signing import KEY, NAME, SIGNER, signer

from gate.errors import RecordError
from gate.store.checkpoint import Checkpoint, origin_of, read_checkpoint, sign_checkpoint
from gate.store.examine import compare
from gate.store.merkle import leaf_hash
from gate.store.tampering import TamperedError

ROOT = bytes.fromhex("0ac51869819838f60e3c99203d4025aa9b5fda38fd87d9f61cc03c9f68f2af62")
PUBLISHED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5"
    "/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
"""The example of the specification."""


def at(size: int, root: bytes = ROOT, origin: str = NAME) -> Checkpoint:
    return Checkpoint(origin, size, root)


def test_published_checkpoint_is_read_and_written() -> None:
    read = read_checkpoint(PUBLISHED.encode(), ())
    assert read.signers == ()
    assert (read.checkpoint.origin, read.checkpoint.size) == (
        "example.com/behind-the-sofa",
        20852163,
    )
    assert read.checkpoint.text == read.note.text


def test_signed_checkpoint_is_read_with_its_signer() -> None:
    for checkpoint in (at(0), at(7), at(10**12)):
        read = read_checkpoint(sign_checkpoint(checkpoint, SIGNER).encode(), [KEY])
        assert read.checkpoint == checkpoint
        assert read.signers == (KEY,)


def test_extension_lines_are_allowed_and_passed_over() -> None:
    data = SIGNER.sign(at(7).text + "more\n").encode()
    assert read_checkpoint(data, [KEY]).checkpoint == at(7)


def test_stream_is_part_of_the_origin() -> None:
    assert origin_of(NAME) == NAME
    origin = origin_of(NAME, "repo/acme/infra")
    data = sign_checkpoint(at(7, origin=origin), SIGNER).encode()
    assert read_checkpoint(data, [KEY], "repo/acme/infra").checkpoint.origin == origin
    with pytest.raises(TamperedError, match=r"\(swapped\)"):
        read_checkpoint(data, [KEY])


def test_checkpoint_of_another_ledger_is_swapped() -> None:
    data = sign_checkpoint(at(7, origin="other.example/gate"), SIGNER).encode()
    with pytest.raises(TamperedError, match=r"is of other.example/gate, not of .*\(swapped\)"):
        read_checkpoint(data, [KEY, signer("witness.example/w").key])


@pytest.mark.parametrize(
    "text",
    [
        "one line\n",
        f"{NAME}\n7\n",
        at(7).text.replace("\n7\n", "\n07\n"),
        at(7).text.replace("\n7\n", "\n-7\n"),
        at(7).text.replace("\n7\n", "\n7 \n"),
        at(7).text.replace("\n7\n", "\n\u0667\n"),
        at(7).text.replace("\n7\n", "\n99999999999999999999\n"),
        at(7).text.replace("=", ""),
        at(7, ROOT[:31]).text,
        at(7).text + "\nafter a blank line\n",
        "\n" + at(7).text,
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(RecordError, match="not a checkpoint"):
        read_checkpoint(SIGNER.sign(text).encode(), [KEY])


def test_later_or_equal_checkpoint_goes_with_an_anchor() -> None:
    compare(at(7), at(7))
    compare(at(8, leaf_hash(b"x")), at(7))


@pytest.mark.parametrize(
    ("checkpoint", "kind"),
    [(at(6), "replayed"), (at(7, leaf_hash(b"x")), "swapped"), (at(8, origin="x"), "swapped")],
)
def test_other_checkpoint_does_not_go_with_an_anchor(checkpoint: Checkpoint, kind: str) -> None:
    with pytest.raises(TamperedError) as caught:
        compare(checkpoint, at(7))
    assert caught.value.kind == kind
