"""Envelopes (DSSE) for everything signed that is no checkpoint: sign, open, threshold of keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from gate.errors import RecordError
from gate.store.note import NoteKey, NoteSigner, decode_base64
from gate.store.tampering import TamperedError
from gate.text import neutralise

if TYPE_CHECKING:
    from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]

IN_TOTO = "application/vnd.in-toto+json"
"""Payload type of an in-toto statement."""
MAX_ENVELOPE = 64 * 1024 * 1024
"""Bytes of an envelope; larger is refused."""
MAX_SIGNATURES = 100
"""Signatures of an envelope."""


class _Signature(msgspec.Struct, frozen=True):
    sig: str
    keyid: str = ""


class _Envelope(msgspec.Struct, frozen=True, rename="camel"):
    payload: str
    payload_type: str
    signatures: list[_Signature]


def seal(payload: bytes, payload_type: str, signers: Sequence[NoteSigner]) -> bytes:
    """An envelope with one signature of each signer.

    Args:
        payload: what is signed.
        payload_type: says how to read it, and is signed too.
        signers: at least one.

    Returns:
        Its JSON, keys sorted, with a newline; the same bytes every time.
    """
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]

    envelope = Envelope(payload, payload_type, {})
    for signer in signers:
        envelope.sign(CryptoSigner(signer.private, _library_key(signer.key)))
    return msgspec.json.encode(envelope.to_dict(), order="sorted") + b"\n"


def unseal(
    data: bytes, payload_type: str, keys: Sequence[NoteKey], threshold: int = 1
) -> tuple[bytes, tuple[NoteKey, ...]]:
    """Open an envelope that enough of the keys signed.

    Args:
        data: its JSON.
        payload_type: what it has to hold.
        keys: trusted; two names of one key count once.
        threshold: signatures of different keys that are needed, at least 1.

    Returns:
        The payload and the keys that signed it.

    Raises:
        TamperedError: too few signatures of these keys fit.
        RecordError: it is no envelope, or holds something else.
    """
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import Error, VerificationError

    if threshold < 1:
        raise ValueError("a threshold is at least 1")
    _check_form(data, payload_type)
    known = {key.public: key for key in sorted(keys, key=lambda key: key.id)}
    if len(known) < threshold:
        raise RecordError(
            f"the envelope needs {threshold} signers, {len(known)} different keys are given",
            "Give more with --key.",
        )
    try:
        # NOTE: from_dict changes what it is given, and a key id that occurs twice is a ValueError
        envelope = Envelope.from_dict(json.loads(data))
        accepted = envelope.verify([_library_key(key) for key in known.values()], threshold)
    except VerificationError as error:
        raise TamperedError(
            "changed",
            f"the envelope has not {threshold} good signature(s) of the keys given",
            "It was changed after it was signed, or other keys signed it.",
        ) from error
    except (Error, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"not an envelope: {error.__class__.__name__}") from error
    signers = {key.id: key for key in known.values()}
    return envelope.payload, tuple(signers[name] for name in sorted(accepted))


def _check_form(data: bytes, payload_type: str) -> None:
    """Refuse what readers could understand differently, before any signature is looked at."""
    if len(data) > MAX_ENVELOPE:
        raise RecordError(f"not an envelope: more than {MAX_ENVELOPE} bytes")
    try:
        json.loads(data, object_pairs_hook=_unique)
        envelope = msgspec.json.decode(data, type=_Envelope)
        decode_base64(envelope.payload)
        for signature in envelope.signatures:
            decode_base64(signature.sig)
    except (ValueError, RecursionError) as error:
        raise RecordError("not an envelope: not the JSON of one") from error
    if not 0 < len(envelope.signatures) <= MAX_SIGNATURES:
        raise RecordError(f"not an envelope: {len(envelope.signatures)} signatures")
    if envelope.payload_type != payload_type:
        found = neutralise(envelope.payload_type, 80)
        raise RecordError(f"the envelope holds {found}, not {payload_type}")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _library_key(key: NoteKey) -> SSlibKey:
    from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]

    return SSlibKey(key.id, "ed25519", "ed25519", {"public": key.public.hex()})
