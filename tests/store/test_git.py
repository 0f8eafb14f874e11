"""What only the git engine has to hold: other clones, forced branches, hostile content, hooks."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from store.conformance.engines import AT, STREAM, Git, lines

from gate.errors import ConflictError, RecordError
from gate.process import Completed
from gate.schema.ledger import Draft
from gate.store import git as module
from gate.store import git_cache
from gate.store.git import GitStore
from gate.store.git_cache import GitCache
from gate.store.ids import new_id
from gate.store.ledger import encode_line, head_of, verify
from gate.store.open import open_store
from gate.store.stream import StreamLedger

BRANCH = f"refs/heads/ledger/{STREAM}"


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    made = Git(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return made


def git(engine: Git, *words: str, stdin: str = "") -> str:
    done = subprocess.run(
        ["git", "-C", str(engine.remote), *words],
        input=stdin,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def drafts(count: int) -> list[Draft]:
    return [Draft(kind="test", at=AT, body={"n": n}, id=new_id()) for n in range(count)]


def commit(engine: Git, tree: str, *parents: str) -> str:
    words = [word for parent in parents for word in ("-p", parent)]
    names = ("-c", "user.name=m", "-c", "user.email=m@example.org")
    made = git(engine, *names, "commit-tree", "-m", "m", *words, git(engine, "mktree", stdin=tree))
    git(engine, "update-ref", BRANCH, made)
    return made


def blob(engine: Git, text: str) -> str:
    return git(engine, "hash-object", "-w", "--stdin", stdin=text)


def test_clones_at_once_lose_and_double_nothing(engine: Git, tmp_path: Path) -> None:
    writers = [
        engine.writer(STREAM, "5", extra={"XDG_CACHE_HOME": str(tmp_path / f"cache{number}")})
        for number in range(6)
    ]
    told = [line for writer in writers for line in lines(writer)]
    entries = list(open_store(engine.spec).read(STREAM))
    assert verify(iter(enumerate(entries, 1))) is not None
    assert sorted(str(entry.id) for entry in entries) == sorted(told)
    assert len(told) == 30


def test_push_behind_another_clones_is_a_conflict(
    engine: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = open_store(engine.spec)
    (first,) = here.append(STREAM, None, drafts(1))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    open_store(engine.spec).append(STREAM, head_of(first), drafts(1))
    with pytest.raises(ConflictError, match="moved on"):
        here.append(STREAM, head_of(first), drafts(1))
    assert len(list(here.read(STREAM))) == 2


def test_history_is_one_commit_an_append_by_the_gate(engine: Git) -> None:
    store = open_store(engine.spec)
    entries = store.append(STREAM, None, drafts(3))
    store.append(STREAM, head_of(entries[-1]), drafts(1))
    log = git(engine, "log", "--format=%an <%ae> %cn %ct %s", BRANCH).splitlines()
    assert log == [
        f"gate <gate@localhost> gate 1795514400 Append 3 to {STREAM}",
        f"gate <gate@localhost> gate 1795514400 Append 0 to 2 to {STREAM}",
    ]


def test_segments_close_by_lines_and_by_bytes(engine: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(engine.spec)
    entries = store.append(STREAM, None, drafts(1001))
    names = git(engine, "ls-tree", "--name-only", BRANCH).splitlines()
    assert names == ["000000000000.jsonl", "000000001000.jsonl"]
    monkeypatch.setattr(module, "SEGMENT_BYTES", 100)
    store.append(STREAM, head_of(entries[-1]), drafts(2))
    names = git(engine, "ls-tree", "--name-only", BRANCH).splitlines()
    assert names[1:] == [f"00000000{number}.jsonl" for number in (1000, 1001, 1002)]
    assert [entry.seq for entry in open_store(engine.spec).read(STREAM, 998)] == list(
        range(998, 1003)
    )


def test_forced_branch_is_named_and_not_written_to(
    engine: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_cache, "_PAUSES", (0.0,))
    store = open_store(engine.spec)
    entries = store.append(STREAM, None, drafts(2))
    first = git(engine, "rev-parse", BRANCH)
    store.append(STREAM, head_of(entries[-1]), drafts(1))
    line = encode_line(entries[0]).decode()
    forged = commit(engine, f"100644 blob {blob(engine, line)}\t000000000000.jsonl\n")
    for target in (forged, first):
        git(engine, "update-ref", BRANCH, target)
        for fresh in (store, open_store(engine.spec)):
            with pytest.raises(RecordError, match="was rewritten"):
                fresh.head(STREAM)
            with pytest.raises(RecordError, match="was rewritten"):
                StreamLedger(fresh, STREAM, patience=0).append("test", AT, {})
        assert git(engine, "rev-parse", BRANCH) == target


def test_deleted_branch_is_named_and_not_made_again(engine: Git) -> None:
    store = open_store(engine.spec)
    store.append(STREAM, None, drafts(1))
    git(engine, "update-ref", "-d", BRANCH)
    for fresh in (store, open_store(engine.spec)):
        with pytest.raises(RecordError, match="is gone; it had entries before"):
            fresh.append(STREAM, None, drafts(1))
    assert git(engine, "for-each-ref", "--format=x%(refname)") == ""


def test_refused_push_is_an_error(engine: Git) -> None:
    git(engine, "config", "receive.denyNonFastForwards", "true")
    git(engine, "config", "receive.denyDeletes", "true")
    store = open_store(engine.spec)
    store.append(STREAM, None, drafts(1))
    git(engine, "config", "transfer.hideRefs", "refs/heads/ledger/org")
    with pytest.raises(RecordError, match="the push to refs/heads/ledger/org/kill was refused"):
        store.append("org/kill", None, drafts(1))


def _hostile_trees() -> dict[str, Callable[[Git, str], str]]:
    def line(engine: Git, good: str) -> str:
        return f"100644 blob {blob(engine, good)}\t000000000000.jsonl\n"

    return {
        "link": lambda e, _: f"120000 blob {blob(e, '/etc/passwd')}\t000000000000.jsonl\n",
        "program": lambda e, good: line(e, good).replace("100644", "100755"),
        "folder": lambda e, good: (
            f"040000 tree {git(e, 'mktree', stdin=line(e, good))}\t000000000000.jsonl\n"
        ),
        "module": lambda e, _: f"160000 commit {'1' * 40}\t000000000000.jsonl\n",
        "further_file": lambda e, good: (
            line(e, good) + f"100644 blob {blob(e, '* filter=x')}\t.gitattributes\n"
        ),
        "no_first": lambda e, good: line(e, good).replace("000.jsonl", "001.jsonl"),
        "nothing": lambda e, _: "",
        "empty": lambda e, _: line(e, ""),
        "torn": lambda e, good: line(e, good[:-1]),
        "no_entry": lambda e, _: line(e, "{}\n"),
        "bytes": lambda e, _: line(e, "\x00\x7f\n"),
        "changed": lambda e, good: line(e, good.replace('"n":0', '"n":7')),
        "gap": lambda e, good: line(e, good) + f"100644 blob {blob(e, good)}\t000000000005.jsonl\n",
        "doubled": lambda e, good: line(e, good + good),
    }


@pytest.mark.parametrize("name", list(_hostile_trees()))
def test_hostile_content_is_an_error(engine: Git, name: str) -> None:
    (entry,) = open_store(engine.spec).append(STREAM, None, drafts(1))
    commit(
        engine,
        _hostile_trees()[name](engine, encode_line(entry).decode()),
        git(engine, "rev-parse", BRANCH),
    )
    store = open_store(engine.spec)
    for call in (
        lambda: store.head(STREAM),
        lambda: list(store.read(STREAM)),
        lambda: store.append(STREAM, head_of(entry), drafts(1)),
    ):
        with pytest.raises(RecordError):
            call()


def test_earlier_file_with_other_entries_is_an_error(engine: Git) -> None:
    store = open_store(engine.spec)
    store.append(STREAM, None, drafts(1001))
    tree = git(engine, "ls-tree", BRANCH)
    first = tree.split()[2]
    short = blob(engine, git(engine, "cat-file", "blob", first).rpartition("\n")[0] + "\n")
    commit(engine, tree.replace(first, short) + "\n", git(engine, "rev-parse", BRANCH))
    with pytest.raises(RecordError, match="a file with 999 entries for 1000"):
        list(open_store(engine.spec).read(STREAM))


def test_branch_that_is_no_commit_is_an_error(engine: Git) -> None:
    target = engine.remote / BRANCH
    target.parent.mkdir(parents=True)
    target.write_text(blob(engine, "x") + "\n")
    with pytest.raises(RecordError):
        open_store(engine.spec).head(STREAM)


def test_foreign_branches_are_no_streams(engine: Git) -> None:
    open_store(engine.spec).append(STREAM, None, drafts(1))
    here = git(engine, "rev-parse", BRANCH)
    for name in ("main", "ledger/UPPER", "ledger/a%2fb", "ledger/a%2eb"):
        git(engine, "update-ref", f"refs/heads/{name}", here)
    assert open_store(engine.spec).streams() == (STREAM,)


def test_blob_that_was_changed_is_an_error(engine: Git) -> None:
    store = open_store(engine.spec)
    digest = store.put_blob(b"right")
    tree = git(engine, "mktree", stdin=f"100644 blob {blob(engine, 'wrong')}\tblob\n")
    names = ("-c", "user.name=m", "-c", "user.email=m@example.org")
    forged = git(engine, *names, "commit-tree", "-m", "m", tree)
    git(engine, "update-ref", f"refs/gate/blobs/{digest}", forged)
    with pytest.raises(RecordError, match="are not what the digest says"):
        store.get_blob(digest)


def test_no_copy_of_a_blob_stays_where_it_was_written_or_read(
    engine: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in ("writer", "reader"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / role))
        store = open_store(engine.spec)
        store.append(role, None, drafts(1))
        digest = store.put_blob(b"please widen the role")
        assert store.get_blob(digest) == b"please widen the role"
        (cache,) = (tmp_path / role / "gate" / "git").glob("*/HEAD")
        words = ["git", "--git-dir", str(cache.parent), "cat-file"]
        objects = [*words, "--batch-all-objects", "--batch"]
        found = subprocess.run(objects, capture_output=True, check=True).stdout
        assert b"jsonl" in found
        assert b"widen" not in found
        assert len(list(store.read(role))) == 1


def test_no_hook_runs_on_either_side(engine: Git, tmp_path: Path) -> None:
    store = open_store(engine.spec)
    (first,) = store.append(STREAM, None, drafts(1))
    ran = tmp_path / "ran"
    (cache,) = (
        path for path in (tmp_path / "cache/gate/git").iterdir() if (path / "HEAD").exists()
    )
    for folder in (engine.remote, cache):
        (folder / "hooks").mkdir()
        for name in ("pre-push", "pre-receive", "update", "post-receive", "reference-transaction"):
            hook = folder / "hooks" / name
            hook.write_text(f"#!/bin/sh\ntouch {ran}\nexit 1\n")
            hook.chmod(0o755)
    store.append(STREAM, head_of(first), drafts(1))
    store.put_blob(b"x")
    assert not ran.exists()


def test_no_configuration_of_the_user_is_read(
    engine: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = tmp_path / "ran"
    home = tmp_path / "home"
    (home / ".config/git").mkdir(parents=True)
    text = (
        f'[core]\n  sshCommand = touch {ran}\n  fsmonitor = "touch {ran}"\n  hooksPath = {home}\n'
        f'[url "/nowhere/"]\n  insteadOf = {tmp_path}/\n'
        "[user]\n  name = Mallory\n[push]\n  followTags = true\n[commit]\n  gpgSign = true\n"
    )
    (home / ".gitconfig").write_text(text)
    (home / ".config/git/config").write_text(text)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "url./nowhere/.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", f"{tmp_path}/")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Mallory")
    monkeypatch.setenv("GIT_ASKPASS", f"touch {ran}")
    store = open_store(engine.spec)
    store.append(STREAM, None, drafts(1))
    assert len(list(store.read(STREAM))) == 1
    for name in ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_COUNT", "GIT_DIR"):
        monkeypatch.delenv(name)
    assert "Mallory" not in git(engine, "log", "--format=%an%cn", BRANCH)
    assert not ran.exists()


def test_lock_left_behind_in_the_cache_is_removed_and_nothing_forgotten(
    engine: Git, tmp_path: Path
) -> None:
    store = open_store(engine.spec)
    (first,) = store.append(STREAM, None, drafts(1))
    (cache,) = (
        path for path in (tmp_path / "cache/gate/git").iterdir() if (path / "HEAD").exists()
    )
    git(engine, "update-ref", "refs/heads/x", BRANCH)
    store.append(STREAM, head_of(first), drafts(1))
    (cache / f"refs/gate/heads/{STREAM}.lock").write_text("")
    git(engine, "update-ref", BRANCH, commit(engine, git(engine, "ls-tree", BRANCH) + "\n", BRANCH))
    assert len(list(open_store(engine.spec).read(STREAM))) == 2
    (cache / f"refs/gate/heads/{STREAM}.lock").write_text("")
    git(engine, "update-ref", BRANCH, "refs/heads/x")
    with pytest.raises(RecordError, match="was rewritten"):
        open_store(engine.spec).head(STREAM)


SAID = (
    b"error: cannot lock ref 'refs/x': is at aaaa but expected bbbb",
    b" ! [rejected] refs/x -> refs/y  (non-fast-forward)",
)


def racing(times: int, monkeypatch: pytest.MonkeyPatch, said: bytes = SAID[0]) -> list[str]:
    """Let the first fetches find that a killed gate's git has moved the ref meanwhile."""
    tried: list[str] = []
    fetch = GitCache._fetch

    def _fetch(self: GitCache, refspec: str) -> Completed:
        tried.append(refspec)
        if len(tried) <= times:
            return Completed(1, b"", said)
        return fetch(self, refspec)

    monkeypatch.setattr(GitCache, "_fetch", _fetch)
    monkeypatch.setattr(git_cache, "_PAUSES", (0.0, 0.0))
    return tried


@pytest.mark.parametrize("said", SAID)
def test_fetch_beside_the_git_of_a_killed_gate_is_tried_again(
    engine: Git, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    store = open_store(engine.spec)
    store.append(STREAM, None, drafts(1))
    tried = racing(2, monkeypatch, said)
    assert len(list(store.read(STREAM))) == 1
    assert len(tried) == 3


def test_fetch_whose_ref_never_rests_is_an_error(
    engine: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(engine.spec)
    store.append(STREAM, None, drafts(1))
    tried = racing(99, monkeypatch)
    with pytest.raises(RecordError, match="cannot lock ref"):
        store.head(STREAM)
    assert len(tried) == 3


@pytest.mark.parametrize(
    "place",
    [
        "", "ext::sh -c touch% /tmp/ran", "http://example.org/x", "git://example.org/x",
        "https://me:secret@example.org/x", "a\nb", "ftp://x/y", "fd::7/x",
        "https://secret@example.org/x", "https://example.org/x?token=secret", "http://secret@h/x",
        "https://example.org/x#secret", "https://[secret", "ssh://git:secret@example.org/x",
    ],
)  # fmt: skip
def test_place_that_is_not_used_is_refused(place: str) -> None:
    with pytest.raises(RecordError) as caught:
        GitStore(place)
    assert "secret" not in caught.value.diagnostics()


def test_option_as_place_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert GitCache("--upload-pack=x").url == str(tmp_path / "--upload-pack=x")


def test_token_is_for_its_host_alone_and_not_in_the_arguments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[list[str], dict[str, str]]] = []

    def run(argv: list[str], **rest: dict[str, str]) -> object:
        seen.append((argv, rest["env"]))
        from gate.process import Completed

        return Completed(0, b"", b"")

    monkeypatch.setattr("gate.store.git_cache.run", run)
    monkeypatch.setenv("GATE_LEDGER_TOKEN", "t0ken")
    for place in ("https://example.org/a/b", "/srv/governance.git"):
        GitCache(place).git(["version"])
    (argv, with_token), (_, without) = seen
    assert with_token["GIT_CONFIG_KEY_0"] == "http.https://example.org/.extraHeader"
    assert "t0ken" not in " ".join(argv)
    assert not any("CONFIG_VALUE" in name for name in without)
