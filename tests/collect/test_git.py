"""Ranges of real repositories: normal, hostile, bare, shallow, SHA-256, empty."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gate.collect import git as git_module
from gate.collect.git import GitSource, local_diff, parse_range
from gate.collect.git_commit import decode_commit
from gate.diffdoc import parse_diff
from gate.errors import CollectError, HeadMovedError
from gate.schema.section import Absent, Unreadable

Git = Callable[..., str]


def run_git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    answer = subprocess.run(
        [
            "git",
            "-c",
            "user.name=Ann",
            "-c",
            "user.email=ann@x.test",
            "-c",
            "protocol.file.allow=always",
            *arguments,
        ],
        cwd=folder,
        check=True,
        capture_output=True,
        input=stdin,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_DATE": "2026-11-20T10:00:00+02:00",
            "GIT_COMMITTER_DATE": "2026-11-20T10:00:00Z",
        },
    )
    return os.fsdecode(answer.stdout).strip()


def commit(folder: Path, message: str, files: dict[str, bytes | None]) -> str:
    for name, content in files.items():
        path = folder / name
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    run_git(folder, "add", "-A")
    run_git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return run_git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """main with two commits, topic with two of its own; main moved on meanwhile."""
    folder = tmp_path / "repository"
    folder.mkdir()
    run_git(folder, "init", "-q", "-b", "main", ".")
    commit(
        folder,
        "first",
        {
            "a.tf": b"one\ntwo\n",
            "gone.tf": b"bye\n",
            "dir/é.tf": b"x\n",
            ".gate/gate.yml": b"version: 1\n",
        },
    )
    run_git(folder, "checkout", "-q", "-b", "topic")
    commit(folder, "Add things\n\nbody", {"a.tf": b"one\nTWO\n", "new dir/n.tf": b"new\n"})
    commit(
        folder,
        "Weaken the gate\n\nCo-Authored-By: Claude <noreply@anthropic.com>",
        {"gone.tf": None, ".gate/gate.yml": b"version: 1\nobserve: true\n"},
    )
    run_git(folder, "checkout", "-q", "main")
    commit(folder, "main moves on", {"main.tf": b"m\n", ".gate/waivers.yml": b"version: 1\n"})
    run_git(folder, "checkout", "-q", "topic")
    return folder


def test_git_collects_the_current_branch_against_main(repository: Path) -> None:
    collected = GitSource(str(repository)).collect()
    pull = collected.facts.pull
    assert collected.origin == "git"
    assert (pull.number, pull.base.ref, pull.head.ref) == (0, "main", "topic")
    assert pull.title == "Weaken the gate"
    assert pull.base.sha == run_git(repository, "rev-parse", "main")
    assert pull.head.sha == run_git(repository, "rev-parse", "topic")
    assert [one.commit.message.partition("\n")[0] for one in collected.facts.commits] == [
        "Add things",
        "Weaken the gate",
    ]
    assert collected.facts.reviews is None
    assert collected.facts.events is None
    assert collected.facts.permissions is None
    assert collected.gaps == ()
    assert collected.diff is not None
    changed = {change.path: change.status for change in parse_diff(collected.diff).files}
    assert changed == {
        "a.tf": "modified",
        "new dir/n.tf": "added",
        "gone.tf": "removed",
        ".gate/gate.yml": "modified",
    }


def test_git_knows_people_messages_and_parents(repository: Path) -> None:
    first, last = GitSource(str(repository)).collect().facts.commits
    assert last.commit.author is not None
    assert (last.commit.author.name, last.commit.author.email) == ("Ann", "ann@x.test")
    assert last.commit.author.date == "2026-11-20T10:00:00+02:00"
    assert last.commit.message.endswith("Co-Authored-By: Claude <noreply@anthropic.com>")
    assert [parent.sha for parent in last.parents] == [first.sha]
    assert last.author is None


def test_git_reads_the_sites_folder_from_the_base(repository: Path) -> None:
    (repository / ".gate" / "gate.yml").write_text("observe: true\n")
    site = GitSource(str(repository)).collect().site
    assert site is not None
    assert site.ref == run_git(repository, "rev-parse", "main")
    assert site.files == {"gate.yml": b"version: 1\n", "waivers.yml": b"version: 1\n"}


def test_git_without_a_sites_folder_has_none(repository: Path) -> None:
    run_git(repository, "checkout", "-q", "main")
    commit(repository, "drop", {".gate/gate.yml": None, ".gate/waivers.yml": None})
    assert GitSource(str(repository), "main", "topic").collect().site is None


def test_git_refuses_symlinks_in_the_sites_folder(repository: Path) -> None:
    run_git(repository, "checkout", "-q", "main")
    (repository / ".gate" / "x.yml").symlink_to("/etc/passwd")
    commit(repository, "link", {})
    with pytest.raises(CollectError, match=r"x\.yml"):
        GitSource(str(repository), "main", "topic").collect()


def test_git_reads_both_sides(repository: Path) -> None:
    source = GitSource(str(repository))
    paths = ["a.tf", "gone.tf", "new dir/n.tf", "dir", "dir/é.tf", "main.tf"]
    before, after = source.read(paths, "before"), source.read(paths, "after")
    assert before["a.tf"] == b"one\ntwo\n"
    assert before["gone.tf"] == b"bye\n"
    assert before["dir/é.tf"] == b"x\n"
    assert isinstance(before["new dir/n.tf"], Absent)
    assert isinstance(before["dir"], Absent)
    assert isinstance(before["main.tf"], Absent)
    assert after["a.tf"] == b"one\nTWO\n"
    assert after["new dir/n.tf"] == b"new\n"
    assert isinstance(after["gone.tf"], Absent)


def test_git_reads_strange_names_literally(repository: Path) -> None:
    names = ["a\nb.tf", "*.tf", ":(top)a.tf", "-x", "q'\"\\.tf", "tab\t.tf"]
    commit(repository, "odd", {name: name.encode() for name in names})
    contents = GitSource(str(repository)).read(names, "after")
    assert contents == {name: name.encode() for name in names}
    assert isinstance(GitSource(str(repository)).read(["?.tf"], "after")["?.tf"], Absent)


def test_git_reads_undecodable_names_by_their_escapes(repository: Path) -> None:
    raw = os.fsencode(repository) + b"/bad\xff.tf"
    with open(raw, "wb") as file:
        file.write(b"content\n")
    commit(repository, "odd", {})
    source = GitSource(str(repository))
    collected = source.collect()
    assert collected.diff is not None
    assert r"bad\xff.tf" in [change.path for change in parse_diff(collected.diff).files]
    assert source.read([r"bad\xff.tf"], "after") == {r"bad\xff.tf": b"content\n"}
    commit(repository, "decoy", {r"bad\xff.tf": b"harmless\n"})
    found = GitSource(str(repository)).read([r"bad\xff.tf"], "after")
    assert isinstance(found[r"bad\xff.tf"], Unreadable)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "", "a//b", "./a.tf"])
def test_git_never_leaves_the_repository(repository: Path, path: str) -> None:
    assert isinstance(GitSource(str(repository)).read([path], "after")[path], Unreadable)
    if path:
        assert isinstance(GitSource(str(repository)).list_directory(path, "after"), Unreadable)


def test_git_reads_symlinks_as_data_and_submodules_as_absent(repository: Path) -> None:
    (repository / "link.tf").symlink_to("/etc/passwd")
    sha = run_git(repository, "rev-parse", "HEAD")
    run_git(repository, "update-index", "--add", "--cacheinfo", f"160000,{sha},sub")
    run_git(repository, "add", "link.tf")
    run_git(repository, "commit", "-qm", "links")
    contents = GitSource(str(repository)).read(["link.tf", "sub", "link.tf/x"], "after")
    assert contents["link.tf"] == b"/etc/passwd"
    assert isinstance(contents["sub"], Absent)
    assert isinstance(contents["link.tf/x"], Absent)


def test_git_does_not_read_large_files(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_module, "MAX_BLOB_BYTES", 4)
    contents = GitSource(str(repository)).read(["a.tf", "dir/é.tf"], "after")
    assert isinstance(contents["a.tf"], Unreadable)
    assert contents["dir/é.tf"] == b"x\n"


def test_git_reads_many_files(repository: Path) -> None:
    files: dict[str, bytes | None] = {f"many/{i}.tf": b"%d\n" % i for i in range(450)}
    commit(repository, "many", files)
    assert GitSource(str(repository)).read(list(files), "after") == files


def test_git_lists_directories(repository: Path) -> None:
    source = GitSource(str(repository))
    assert source.list_directory("", "after") == ("a.tf",)
    assert source.list_directory("", "before") == ("a.tf", "gone.tf")
    assert source.list_directory("dir", "after") == ("é.tf",)
    assert source.list_directory("nowhere", "after") == ()
    assert source.list_directory("a.tf", "after") == ()


@pytest.mark.parametrize(
    "attributes",
    ["*.tf -diff", "*.tf binary", "*.tf diff=hide", "* -text", "*.tf linguist-generated -diff"],
)
def test_git_attributes_of_the_pull_hide_nothing(repository: Path, attributes: str) -> None:
    run_git(repository, "config", "diff.hide.textconv", "true")
    run_git(repository, "config", "diff.hide.command", "true")
    (repository / ".git/info/attributes").write_text(f"{attributes}\n")
    commit(repository, "hide", {".gitattributes": f"{attributes}\n".encode(), "h.tf": b"evil\n"})
    diff = GitSource(str(repository)).collect().diff
    assert diff is not None
    change = parse_diff(diff).find("h.tf")
    assert change is not None
    assert list(change.added_lines()) == [(1, b"evil")]


def test_git_calls_binary_what_is_binary(repository: Path) -> None:
    commit(repository, "pic", {"pic.png": b"\0\1\2", ".gitattributes": b"*.png diff text\n"})
    diff = GitSource(str(repository)).collect().diff
    assert diff is not None
    change = parse_diff(diff).find("pic.png")
    assert change is not None
    assert change.binary


def test_git_configuration_runs_nothing(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "diff.external",
        "filter.x.clean",
        "filter.x.smudge",
        "core.pager",
        "core.sshCommand",
        "diff.x.textconv",
        "diff.x.command",
        "filter.x.process",
        "core.editor",
        "gpg.program",
    ):
        run_git(repository, "config", key, str(trap))
    hooks = repository / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "post-checkout", "reference-transaction"):
        (hooks / name).write_text(trap.read_text())
        (hooks / name).chmod(0o755)
    (repository / ".gitattributes").write_text("* filter=x diff=x\n")
    source = GitSource(str(repository))
    source.collect()
    source.read(["a.tf"], "after")
    source.confirm()
    assert source.dirty()
    assert not (tmp_path / "sprung").exists()


def test_git_ignores_replaced_objects(repository: Path) -> None:
    evil = run_git(repository, "rev-parse", "HEAD:a.tf")
    harmless = run_git(repository, "hash-object", "-w", "--stdin", stdin=b"one\ntwo\n")
    run_git(repository, "replace", evil, harmless)
    assert GitSource(str(repository)).read(["a.tf"], "after")["a.tf"] == b"one\nTWO\n"


@pytest.mark.parametrize(
    ("base", "head", "names"),
    [
        ("main...topic", None, ("main", "topic")),
        ("main...", None, ("main", "topic")),
        ("...topic", None, ("main", "topic")),
        ("main", "topic", ("main", "topic")),
        ("topic~1", "topic", ("topic~1", "topic")),
    ],
)
def test_git_accepts_ranges(
    repository: Path, base: str, head: str | None, names: tuple[str, str]
) -> None:
    pull = GitSource(str(repository), base, head).collect().facts.pull
    assert (pull.base.ref, pull.head.ref) == names


@pytest.mark.parametrize("text", ["main", "main..topic", "a...b...c", "a..b...c"])
def test_git_refuses_other_ranges(text: str) -> None:
    with pytest.raises(CollectError, match="not a range"):
        parse_range(text)


@pytest.mark.parametrize("name", ["nowhere", "--output=/x", "-h", "main\n", "a.tf", "main:a.tf"])
def test_git_refuses_names_that_are_no_commit(repository: Path, name: str) -> None:
    with pytest.raises(CollectError, match="no such branch or commit"):
        GitSource(str(repository), name).collect()
    with pytest.raises(CollectError, match="no such branch or commit"):
        GitSource(str(repository), "main", name).collect()


def test_git_prefers_the_default_branch_of_origin(repository: Path, tmp_path: Path) -> None:
    run_git(repository, "branch", "-m", "main", "trunk")
    run_git(repository, "checkout", "-q", "trunk")
    run_git(tmp_path, "clone", "-q", str(repository), "clone")
    clone = tmp_path / "clone"
    run_git(clone, "checkout", "-q", "topic")
    assert GitSource(str(clone)).collect().facts.pull.base.ref == "trunk"
    with pytest.raises(CollectError, match="no default branch"):
        GitSource(str(repository)).collect()


def test_git_reads_a_detached_head(repository: Path) -> None:
    run_git(repository, "checkout", "-q", "--detach")
    assert GitSource(str(repository)).collect().facts.pull.head.ref == "HEAD"


def test_git_reads_bare_repositories_and_worktrees(repository: Path, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "-q", "--bare", str(repository), "bare")
    run_git(repository, "worktree", "add", "-q", str(tmp_path / "tree"), "-b", "other", "topic")
    (repository / "sub").mkdir()
    expected = GitSource(str(repository)).collect().diff
    for place in (tmp_path / "bare", tmp_path / "tree", repository / "sub", repository / ".git"):
        source = GitSource(str(place), "main", "topic")
        assert source.collect().diff == expected
        assert source.read(["a.tf"], "after")["a.tf"] == b"one\nTWO\n"
    assert not GitSource(str(tmp_path / "bare"), "main", "topic").dirty()
    assert GitSource(str(tmp_path / "tree"), "main").collect().facts.pull.head.ref == "other"


def test_git_reads_clones_with_borrowed_objects(repository: Path, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "-q", "--shared", "--bare", str(repository), "shared")
    expected = GitSource(str(repository)).collect().diff
    assert GitSource(str(tmp_path / "shared"), "main", "topic").collect().diff == expected


def test_git_reads_sha256_repositories(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q", "-b", "main", "--object-format=sha256", ".")
    commit(tmp_path, "one", {"a": b"1\n"})
    run_git(tmp_path, "checkout", "-q", "-b", "topic")
    sha = commit(tmp_path, "two", {"a": b"2\n", "empty": b""})
    source = GitSource(str(tmp_path))
    collected = source.collect()
    assert len(sha) == 64
    assert collected.facts.pull.head.sha == sha
    assert collected.diff is not None
    assert [change.path for change in parse_diff(collected.diff).files] == ["a", "empty"]
    assert source.read(["a", "empty"], "after") == {"a": b"2\n", "empty": b""}


def test_git_in_a_shallow_clone_says_what_to_fetch(repository: Path, tmp_path: Path) -> None:
    run_git(
        tmp_path,
        "clone",
        "-q",
        "--depth=1",
        "--no-single-branch",
        "-b",
        "topic",
        f"file://{repository}",
        "shallow",
    )
    with pytest.raises(CollectError, match="shallow clone") as caught:
        GitSource(str(tmp_path / "shallow"), "origin/main").collect()
    assert "git fetch" in caught.value.hint


def test_git_in_a_shallow_clone_with_merge_base_works(repository: Path, tmp_path: Path) -> None:
    run_git(
        tmp_path,
        "clone",
        "-q",
        "--depth=3",
        "--no-single-branch",
        "-b",
        "topic",
        f"file://{repository}",
        "deeper",
    )
    collected = GitSource(str(tmp_path / "deeper"), "origin/main").collect()
    assert collected.diff == GitSource(str(repository)).collect().diff
    assert collected.gaps == ()


def test_git_in_a_partial_clone_never_fetches(repository: Path, tmp_path: Path) -> None:
    run_git(repository, "config", "uploadpack.allowFilter", "true")
    run_git(
        tmp_path,
        "clone",
        "-q",
        "--no-checkout",
        "--filter=blob:none",
        "-b",
        "topic",
        f"file://{repository}",
        "partial",
    )
    source = GitSource(str(tmp_path / "partial"), "origin/main")
    with pytest.raises(CollectError, match="git diff failed"):
        source.collect()
    contents = source.read(["a.tf", "nowhere"], "after")
    assert isinstance(contents["a.tf"], Unreadable)
    assert isinstance(contents["nowhere"], Absent)


def test_git_refuses_what_is_no_repository_with_commits(tmp_path: Path) -> None:
    with pytest.raises(CollectError, match="not a git repository"):
        GitSource(str(tmp_path)).collect()
    with pytest.raises(CollectError, match="not a git repository"):
        GitSource(str(tmp_path / "nowhere")).collect()
    run_git(tmp_path, "init", "-q", ".")
    with pytest.raises(CollectError, match="no commit yet"):
        GitSource(str(tmp_path)).collect()


def test_git_refuses_unrelated_histories(repository: Path) -> None:
    run_git(repository, "checkout", "-q", "--orphan", "lonely")
    commit(repository, "alone", {"z": b"1\n"})
    with pytest.raises(CollectError, match="no common commit"):
        GitSource(str(repository)).collect()


def test_git_range_without_commits_is_no_change(repository: Path) -> None:
    collected = GitSource(str(repository), "topic", "topic").collect()
    assert collected.diff == b""
    assert collected.facts.commits == ()


def test_git_notices_a_moved_head(repository: Path) -> None:
    source = GitSource(str(repository))
    source.collect()
    source.confirm()
    commit(repository, "more", {"late.tf": b"x\n"})
    with pytest.raises(HeadMovedError):
        source.confirm()


def test_git_judges_commits_and_tells_what_is_not_committed(repository: Path) -> None:
    source = GitSource(str(repository))
    assert not source.dirty()
    (repository / "a.tf").write_bytes(b"uncommitted\n")
    assert source.dirty()
    assert source.read(["a.tf"], "after")["a.tf"] == b"one\nTWO\n"
    run_git(repository, "checkout", "-q", "a.tf")
    (repository / "untracked.tf").write_bytes(b"x\n")
    assert source.dirty()


def test_git_hands_plans_on(repository: Path, tmp_path: Path) -> None:
    plan = tmp_path / "p.json"
    plan.write_text("{}")
    collected = GitSource(str(repository), plans={"infra": str(plan)}).collect()
    (found,) = collected.plans
    assert (found.root, found.name, found.data) == ("infra", "p.json", b"{}")


def test_local_diff_starts_at_the_merge_base(repository: Path) -> None:
    base, head = (run_git(repository, "rev-parse", name) for name in ("main", "topic"))
    assert local_diff(str(repository), base, head) == GitSource(str(repository)).collect().diff
    with pytest.raises(CollectError):
        local_diff(str(repository), base, "0" * 40)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"author A <a@x> 0 +0000\n\nm", ("A", "a@x", "1970-01-01T00:00:00+00:00", "m")),
        (b"author <> 1 -0130\n\nm\n\n", ("", "", "1969-12-31T22:30:01-01:30", "m")),
        (b"author A <a@x> 99999999999 +0000\n\nm", ("A", "a@x", "5138-11-16T09:46:39+00:00", "m")),
        (b"author A <a@x> 999999999999 +0000\n\nm", ("A", "a@x", None, "m")),
        (b"author A <a@x> 1 +9999\n\nm", ("A", "a@x", None, "m")),
        (b"author A <a@x>\n\nm", ("A", "a@x", None, "m")),
        (b"author A <B> C <c@x> 0 +0000\n\nm", ("A", "B", None, "m")),
        (b"author \xff <a@x> 1 +9999\n\n\xe9", (r"\xff", "a@x", None, r"\xe9")),
        (b"author \xe9 <a@x> x\nencoding ISO-8859-1\n\n\xe9", ("é", "a@x", None, "é")),
        (b"author A <a@x> x\nencoding unicode_escape\n\n\\ud800", ("A", "a@x", None, "\\ud800")),
        (
            b"author A <a@x> x\ngpgsig -----BEGIN\n author Z <z@x>\n\nm\0hidden",
            ("A", "a@x", None, "m\0hidden"),
        ),
    ],
)
def test_commit_is_decoded_whatever_it_holds(raw: bytes, expected: tuple[Any, ...]) -> None:
    decoded = decode_commit("a" * 40, b"tree x\nparent p\n" + raw)
    author = decoded.commit.author
    assert author is not None
    assert (author.name, author.email, author.date, decoded.commit.message) == expected
    assert [parent.sha for parent in decoded.parents] == ["p"]


def test_commit_without_author_has_none() -> None:
    assert decode_commit("a" * 40, b"tree x\n\n").commit.author is None


def test_git_notes_that_files_are_not_committed(repository: Path) -> None:
    assert GitSource(str(repository)).collect().notes == ()
    (repository / "a.tf").write_text("not committed\n")
    (note,) = GitSource(str(repository)).collect().notes
    assert "not committed" in note
    run_git(repository, "branch", "elsewhere", "main")
    assert not any(
        "committed" in note
        for note in GitSource(str(repository), "main", "elsewhere").collect().notes
    )


def test_git_notes_that_a_range_without_commits_was_not_judged(repository: Path) -> None:
    (note,) = GitSource(str(repository), "topic", "topic").collect().notes
    assert note == "nothing was judged: topic holds every commit of the head already"


def test_git_tells_unrelated_histories_from_a_shallow_clone(repository: Path) -> None:
    run_git(repository, "checkout", "-q", "--orphan", "lone")
    run_git(repository, "commit", "-qm", "alone")
    with pytest.raises(CollectError) as caught:
        GitSource(str(repository), "main").collect()
    assert "share no history" in caught.value.hint
    assert "unshallow" not in caught.value.hint
