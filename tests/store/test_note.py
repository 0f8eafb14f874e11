"""Signed notes: the published example of Go's `note` package, and everything that is none."""

from __future__ import annotations

import base64

import pytest
from store.signing import KEY, NAME, SIGNER, signer

from gate.errors import RecordError
from gate.store.note import MAX_NOTE, NoteSigner, read_key, read_note, read_signer
from gate.store.tampering import TamperedError

PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
SIGNATURE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
    "qdngotpRZb6KE6RyyBwJnAM=\n"
)
NOTE = f"{TEXT}\n{SIGNATURE}"


def test_published_note_is_read_and_made() -> None:
    key = read_key(PUBLIC)
    assert str(key) == PUBLIC
    note = read_note(NOTE.encode())
    assert note.text == TEXT
    assert note.signers([key]) == (key,)
    made = read_signer(PRIVATE)
    assert made.key == key
    assert made.secret() == PRIVATE
    assert made.sign(TEXT) == NOTE


def test_text_may_hold_blank_lines() -> None:
    text = "one\n\ntwo\n\n— x AAAAAAAA\n"
    note = read_note(SIGNER.sign(text).encode())
    assert note.text == text
    assert note.signers([KEY]) == (KEY,)


def test_signatures_of_unknown_keys_are_passed_over() -> None:
    other = signer("witness.example/w").sign("text\n").removeprefix("text\n\n")
    note = read_note((SIGNER.sign("text\n") + other).encode())
    assert len(note.signatures) == 2
    assert note.signers([KEY]) == (KEY,)
    assert len(note.signers([KEY, signer("witness.example/w").key])) == 2


@pytest.mark.parametrize(
    "keys",
    [[signer(NAME, "other").key], [signer("other.example/x", NAME).key], []],
    ids=["same name", "same key", "none"],
)
def test_note_of_nobody_known_is_swapped(keys: list[object]) -> None:
    with pytest.raises(TamperedError, match=r"by none of the keys given \(swapped\)") as caught:
        read_note(SIGNER.sign("text\n").encode()).signers(keys)  # type: ignore[arg-type]
    assert caught.value.kind == "swapped"


def test_signature_of_a_known_key_that_does_not_fit_is_a_change() -> None:
    data = SIGNER.sign("text\n").replace("text", "next").encode()
    with pytest.raises(TamperedError, match=r"does not fit the note") as caught:
        read_note(data).signers([KEY])
    assert caught.value.kind == "changed"
    good = SIGNER.sign("text\n")
    bad = "— " + NAME + " " + base64.b64encode(KEY.mark + bytes(64)).decode() + "\n"
    with pytest.raises(TamperedError, match="does not fit"):
        read_note((good + bad).encode()).signers([KEY])


def test_every_flipped_bit_of_a_note_is_noticed() -> None:
    data = SIGNER.sign("one\ntwo\n").encode()
    for place in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            with pytest.raises(RecordError):
                read_note(bytes(flipped)).signers([KEY])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"text\n",
        b"text\n\n",
        TEXT.encode(),
        NOTE[:-1].encode(),
        NOTE.replace("—", "-").encode(),
        NOTE.replace("\n\n", "\n").encode(),
        NOTE.replace("PeterNeumann", "Peter+Neumann").encode(),
        NOTE.replace("PeterNeumann", "Peter\u00a0Neumann").encode(),
        NOTE.replace("AM=", "AN=").encode(),
        NOTE.replace("\n", "\r\n").encode(),
        NOTE.replace("If", "If\x00").encode(),
        b"\xff" + NOTE.encode(),
        f"{NOTE}garbage\n".encode(),
        (TEXT * 5000 + "\n" + SIGNATURE).encode(),
        (TEXT + "\n" + SIGNATURE * 101).encode(),
    ],
)
def test_what_is_no_note_is_refused(data: bytes) -> None:
    with pytest.raises(RecordError, match="not a signed note"):
        read_note(data)


def test_a_note_has_a_largest_size() -> None:
    assert len(TEXT * 5000) > MAX_NOTE


@pytest.mark.parametrize("text", ["no newline", "tab\t\n", "return\r\n", "nul\x00\n"])
def test_text_that_cannot_stand_in_a_note_is_not_signed(text: str) -> None:
    with pytest.raises(RecordError, match="ends in a newline"):
        SIGNER.sign(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "x+y",
        "x+c74f20a3+!",
        PUBLIC.replace("c74f20a3", "c74f20a4"),
        PUBLIC.replace("PeterNeumann", "Other"),
        PUBLIC.replace("PeterNeumann", "Peter Neumann"),
        PUBLIC[:-4],
        PUBLIC.replace("+ARpc", "+BBpc"),
        PRIVATE,
    ],
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(RecordError):
        read_key(text)


@pytest.mark.parametrize("text", ["", PUBLIC, PRIVATE[:-4], PRIVATE.replace("c74f", "c74e")])
def test_what_is_no_private_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(RecordError) as caught:
        read_signer(text)
    assert "AYEKFALVFGyN" not in caught.value.diagnostics()


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "x" * 201])
def test_name_of_a_key_is_one_word(name: str) -> None:
    with pytest.raises(RecordError, match="the name is empty"):
        NoteSigner(name, bytes(32))


def test_signer_does_not_print_its_key() -> None:
    assert SIGNER.secret().rpartition("+")[2] not in repr(SIGNER) + str(SIGNER)
