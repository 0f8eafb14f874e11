"""Envelopes: signed, opened, and refused; what securesystemslib leaves to its callers included."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from store.signing import KEY, NAME, SIGNER, signer

from gate.errors import RecordError
from gate.store.tampering import TamperedError
from gate.trust.dsse import IN_TOTO, seal, unseal

PAYLOAD = b'{"_type":"https://in-toto.io/Statement/v1"}'
SECOND = signer("second.example/gate")


def sealed(*signers: Any) -> dict[str, Any]:
    return json.loads(seal(PAYLOAD, IN_TOTO, signers or (SIGNER,)))


def opened(document: dict[str, Any], *keys: Any, threshold: int = 1) -> Any:
    return unseal(json.dumps(document).encode(), IN_TOTO, keys or (KEY,), threshold)


def test_envelope_is_opened_as_often_as_one_likes() -> None:
    data = seal(PAYLOAD, IN_TOTO, (SIGNER,))
    assert seal(PAYLOAD, IN_TOTO, (SIGNER,)) == data
    for _ in range(2):
        assert unseal(data, IN_TOTO, (KEY,)) == (PAYLOAD, (KEY,))


def test_signature_is_over_the_pre_authentication_encoding() -> None:
    [signature] = sealed()["signatures"]
    signed = b"DSSEv1 %d %b %d %b" % (len(IN_TOTO), IN_TOTO.encode(), len(PAYLOAD), PAYLOAD)
    assert KEY.has_signed(signed, base64.b64decode(signature["sig"]))
    assert signature["keyid"] == KEY.id


def test_threshold_counts_different_keys() -> None:
    both = sealed(SIGNER, SECOND)
    payload, signers = opened(both, KEY, SECOND.key, threshold=2)
    assert payload == PAYLOAD
    assert set(signers) == {KEY, SECOND.key}
    with pytest.raises(TamperedError, match="has not 2 good signature"):
        opened(sealed(), KEY, SECOND.key, threshold=2)
    with pytest.raises(RecordError, match="1 different keys are given"):
        opened(both, KEY, KEY, threshold=2)


def test_two_names_of_one_key_count_once() -> None:
    again = signer("again.example/gate", NAME)
    assert again.key.public == KEY.public
    with pytest.raises(RecordError, match="1 different keys are given"):
        opened(sealed(SIGNER, again), KEY, again.key, threshold=2)


@pytest.mark.parametrize("threshold", [0, -1])
def test_no_threshold_is_a_fault_of_the_caller(threshold: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        opened(sealed(), threshold=threshold)


def test_unknown_signature_neither_helps_nor_hurts() -> None:
    assert opened(sealed(SIGNER, SECOND))[1] == (KEY,)
    with pytest.raises(TamperedError):
        opened(sealed(SECOND))
    with pytest.raises(RecordError, match="0 different keys"):
        unseal(seal(PAYLOAD, IN_TOTO, (SIGNER,)), IN_TOTO, ())


def test_changed_payload_or_signature_is_noticed() -> None:
    document = sealed()
    document["payload"] = base64.b64encode(PAYLOAD + b" ").decode()
    with pytest.raises(TamperedError, match=r"\(changed\)"):
        opened(document)
    document = sealed()
    document["signatures"][0]["sig"] = base64.b64encode(bytes(64)).decode()
    with pytest.raises(TamperedError, match=r"\(changed\)"):
        opened(document)


def test_key_id_that_stands_twice_is_refused() -> None:
    document = sealed()
    document["signatures"] *= 2
    with pytest.raises(RecordError, match="not an envelope: ValueError"):
        opened(document)


def test_other_payload_type_is_refused_before_its_payload_is_read() -> None:
    data = seal(PAYLOAD, "text/plain", (SIGNER,))
    with pytest.raises(RecordError, match="holds text/plain, not application"):
        unseal(data, IN_TOTO, (KEY,))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        json.dumps({**sealed(), "signatures": []}).encode(),
        json.dumps({**sealed(), "signatures": sealed()["signatures"] * 101}).encode(),
        json.dumps({**sealed(), "payload": "%%%"}).encode(),
        json.dumps({**sealed(), "payload": "AB=="}).encode(),
        json.dumps({**sealed(), "payload": None}).encode(),
        json.dumps({**sealed(), "signatures": [{"keyid": KEY.id}]}).encode(),
        json.dumps({**sealed(), "signatures": ["x"]}).encode(),
        json.dumps(sealed()).replace('{"', '{"payload": "eA==", "', 1).encode(),
    ],
)
def test_what_is_no_envelope_is_refused(data: bytes) -> None:
    with pytest.raises(RecordError, match="not an envelope"):
        unseal(data, IN_TOTO, (KEY,))
