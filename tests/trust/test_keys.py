"""The trust root, and where the private key comes from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from store.signing import KEY, NAME, SIGNER, signer

from gate.errors import ConfigError, RecordError
from gate.trust.keys import (
    VARIABLE,
    has_private_key,
    make_pair,
    private_key,
    read_public,
    trust_root,
)

OTHER = signer("other.example/gate").key


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def line(key: object) -> bytes:
    return f"# whose it is\n\n{key}\n".encode()


def test_trust_root_is_every_pub_file_of_the_folder() -> None:
    files = {
        "keys/b.pub": line(KEY),
        "keys/a.pub": line(OTHER),
        "keys/README.md": b"x",
        "other/c.pub": b"x",
        "keys/deep/c.pub": b"x",
        "gate.yml": b"x",
    }
    assert trust_root(files) == (KEY, OTHER)
    assert trust_root({}) == ()


@pytest.mark.parametrize(
    "data", [b"", b"x", line(KEY) + line(OTHER), b"\xff", line(SIGNER.secret())], ids=repr
)
def test_broken_key_of_the_trust_root_names_its_file(data: bytes) -> None:
    with pytest.raises(ConfigError, match=r"^\.gate/keys/a\.pub:1: ") as caught:
        trust_root({"keys/a.pub": data})
    assert SIGNER.secret().rpartition("+")[2] not in caught.value.diagnostics()


def test_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="in another file too"):
        trust_root({"keys/a.pub": line(KEY), "keys/b.pub": line(KEY)})


def test_pair_is_made_and_read(tmp_path: Path) -> None:
    key, private, public = make_pair(NAME, str(tmp_path))
    assert (Path(private).name, Path(public).name) == ("gate.key", "gate.pub")
    assert os.stat(private).st_mode & 0o777 == 0o600
    assert read_public(public) == read_public(str(tmp_path)) == (key,)
    assert private_key(private).key == key
    with pytest.raises(RecordError, match="File exists"):
        make_pair(NAME, str(tmp_path))
    with pytest.raises(RecordError, match="No such file"):
        make_pair(NAME, str(tmp_path / "none"))


def test_private_key_comes_from_the_variable_when_no_file_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not has_private_key(None)
    with pytest.raises(RecordError, match=f"no private key: .*{VARIABLE}"):
        private_key(None)
    monkeypatch.setenv(VARIABLE, SIGNER.secret() + "\n")
    assert has_private_key(None)
    assert private_key(None).key == KEY


def test_private_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gate.key"
    path.write_text(SIGNER.secret())
    path.chmod(0o640)
    with pytest.raises(RecordError, match="others on this machine"):
        private_key(str(path))
    path.chmod(0o400)
    assert private_key(str(path)).key == KEY


def test_missing_or_huge_key_files_are_errors(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "none", tmp_path / "empty"):
        with pytest.raises(RecordError):
            read_public(str(path))
    with pytest.raises(RecordError, match="No such file"):
        private_key(str(tmp_path / "none"))
    (tmp_path / "huge.pub").write_bytes(b"x" * 5000)
    with pytest.raises(RecordError, match="too long"):
        read_public(str(tmp_path / "huge.pub"))
