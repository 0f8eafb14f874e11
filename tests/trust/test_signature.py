"""Which key made a signature is read as the tools print it, and garbage is no key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.trust.signature import signing_keys

SSH = """\
-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgPW5Y9G+affFvbaeRbbLPBTjVxG
DRgZgd2JYgBBp5GXUAAAADZ2l0AAAAAAAAAAZzaGE1MTIAAABTAAAAC3NzaC1lZDI1NTE5
AAAAQNJ3h/7ZhtIHYBi8QEgPQUYZdDYxXfKwsRMy1lvk8ht/wyUftIBcFeHHlzW5uZx84x
ayTHqX+fMwyGVgho3fcAE=
-----END SSH SIGNATURE-----
"""
"""Made with ssh-keygen 9; `ssh-keygen -lf` prints the fingerprint below."""
SSH_KEY = "SHA256:csWal7XHSolncqGs0om7LLCbxTVNho8PsEL/gjJwv1o"
PGP = """\
-----BEGIN PGP SIGNATURE-----

iHUEABYIAB0WIQTmRS2RiJDrD8vrsXTkgs7uvMANGQUCawWUrgAKCRDkgs7uvMAN
GSuDAP9V7jd7VJkh9mb9OLLtmtf+Ch2xq89w9hN7WFZDmhpUfgD/XWSXFrCV2Nj0
3GNf0AjCARTQj8dSd5ogdhwWp6fr+Qo=
=uu+G
-----END PGP SIGNATURE-----
"""
"""Made with gpg 2; `gpg --list-keys` prints the fingerprint below."""
PGP_KEY = "e6452d918890eb0fcbebb174e482ceeebcc00d19"


def test_ssh_key_is_its_fingerprint() -> None:
    assert signing_keys(SSH) == {SSH_KEY}


def test_openpgp_key_is_its_fingerprint_and_id() -> None:
    assert signing_keys(PGP) == {PGP_KEY, PGP_KEY[-16:]}
    with_header = PGP.replace("-----\n\n", "-----\nVersion: GnuPG v2\n\n")
    assert signing_keys(with_header) == signing_keys(PGP)
    assert signing_keys(PGP.replace("\n", "\r\n")) == signing_keys(PGP)


@pytest.mark.parametrize(
    "text",
    [None, "", "no signature", SSH.replace("U1NIU0lH", "AAAAAAAA"), SSH.replace("SSH SIG", "X SIG"),
     "-----BEGIN PGP SIGNATURE-----\n\n!!\n-----END PGP SIGNATURE-----",
     "-----BEGIN PGP SIGNATURE-----\n\n\n-----END PGP SIGNATURE-----",
     PGP.replace("iHUEABYI", "iHUGABYI")],
)  # fmt: skip
def test_anything_else_is_no_key(text: str | None) -> None:
    assert signing_keys(text) == frozenset()


@given(st.binary(max_size=200))
def test_no_bytes_crash_it(data: bytes) -> None:
    import base64

    body = base64.b64encode(data).decode()
    for kind in ("SSH", "PGP"):
        armoured = f"-----BEGIN {kind} SIGNATURE-----\n\n{body}\n-----END {kind} SIGNATURE-----"
        assert isinstance(signing_keys(armoured), frozenset)
