"""The scenario folder: what it must hold, what it may, and what never leaves it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from gate.collect import files, plan_files
from gate.collect.files import FolderSource
from gate.errors import CollectError, HeadMovedError
from gate.schema.section import Absent, Unreadable

PULLS = Path(__file__).parents[2] / "fixtures" / "pulls"


def facts(**pull: Any) -> dict[str, Any]:
    return {
        "pull": {
            "number": 7,
            "base": {"ref": "main", "sha": "b" * 40},
            "head": {"ref": "topic", "sha": "a" * 40},
            **pull,
        },
        "commits": [{"sha": "a" * 40, "commit": {"message": "m"}}],
    }


DIFF = """\
diff --git a/infra/changed.tf b/infra/changed.tf
index 1111111..2222222 100644
--- a/infra/changed.tf
+++ b/infra/changed.tf
@@ -1,3 +1,3 @@
 one
-two
+TWO
 three
diff --git a/infra/gone.tf b/infra/gone.tf
deleted file mode 100644
index 1111111..0000000
--- a/infra/gone.tf
+++ /dev/null
@@ -1 +0,0 @@
-bye
diff --git a/infra/new.tf b/infra/new.tf
new file mode 100644
index 0000000..1111111
--- /dev/null
+++ b/infra/new.tf
@@ -0,0 +1,2 @@
+hello
+world
\\ No newline at end of file
diff --git a/old.tf b/moved.tf
similarity index 80%
rename from old.tf
rename to moved.tf
index 1111111..2222222 100644
--- a/old.tf
+++ b/moved.tf
@@ -2,1 +2,2 @@
 b
+c
diff --git a/pic.png b/pic.png
index 1111111..2222222 100644
Binary files a/pic.png and b/pic.png differ
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    (tree / "infra").mkdir(parents=True)
    (tree / "infra" / "changed.tf").write_bytes(b"one\nTWO\nthree\nfour\n")
    (tree / "infra" / "other.tf").write_bytes(b"same\n")
    (tree / "moved.tf").write_bytes(b"a\nb\nc\n")
    (tree / "pic.png").write_bytes(b"\0\1")
    (tree / "run.sh").write_bytes(b"#!\n")
    (tmp_path / "diff.patch").write_text(DIFF)
    (tmp_path / "facts.json").write_text(json.dumps(facts(changed_files=6, commits=1)))
    return tmp_path


def read(folder: Path, path: str, side: Any) -> Any:
    return FolderSource(str(folder)).read([path], side)[path]


@pytest.mark.parametrize(
    "name", ["agent-fixes-docs", "agent-widens-ci-role", "person-asks-two-approvals"]
)
def test_folder_reads_the_example_pulls(name: str) -> None:
    source = FolderSource(str(PULLS / name))
    collected = source.collect()
    assert collected.origin == "folder"
    assert collected.facts.pull.number == 7
    assert collected.facts.permissions is not None
    assert collected.gaps == ()
    source.confirm()


def test_folder_gives_both_sides_of_the_example() -> None:
    source = FolderSource(str(PULLS / "person-asks-two-approvals"))
    before = source.read(["infra/logs.tf"], "before")["infra/logs.tf"]
    after = source.read(["infra/logs.tf"], "after")["infra/logs.tf"]
    assert isinstance(before, bytes)
    assert isinstance(after, bytes)
    assert b'["iam:*", "s3:*"]' in before
    assert b'["s3:PutObject"]' in after


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("infra/changed.tf", b"one\ntwo\nthree\nfour\n", b"one\nTWO\nthree\nfour\n"),
        ("infra/gone.tf", b"bye\n", Absent),
        ("infra/new.tf", Absent, b"hello\nworld"),
        ("infra/other.tf", b"same\n", b"same\n"),
        ("infra/unknown.tf", Unreadable, Unreadable),
        ("old.tf", b"a\nb\n", Absent),
        ("moved.tf", Absent, b"a\nb\nc\n"),
        ("pic.png", Unreadable, b"\0\1"),
        ("run.sh", b"#!\n", b"#!\n"),
        ("../facts.json", Unreadable, Unreadable),
        ("/etc/passwd", Unreadable, Unreadable),
        ("infra", Unreadable, Unreadable),
        ("", Unreadable, Unreadable),
    ],
)
def test_folder_reads_content(folder: Path, path: str, before: Any, after: Any) -> None:
    for side, expected in (("before", before), ("after", after)):
        content = read(folder, path, side)
        if isinstance(expected, bytes):
            assert content == expected
        else:
            assert isinstance(content, expected)


def test_folder_distrusts_a_tree_that_does_not_fit_the_diff(folder: Path) -> None:
    (folder / "tree/infra/changed.tf").write_bytes(b"one\nharmless\nthree\n")
    assert isinstance(read(folder, "infra/changed.tf", "after"), Unreadable)
    assert isinstance(read(folder, "infra/changed.tf", "before"), Unreadable)
    (folder / "tree/infra/new.tf").write_bytes(b"harmless")
    assert isinstance(read(folder, "infra/new.tf", "after"), Unreadable)


def test_folder_without_tree_reads_what_the_diff_holds_whole(folder: Path) -> None:
    shutil.rmtree(folder / "tree")
    assert read(folder, "infra/new.tf", "after") == b"hello\nworld"
    assert read(folder, "infra/gone.tf", "before") == b"bye\n"
    assert isinstance(read(folder, "infra/changed.tf", "after"), Unreadable)
    assert isinstance(read(folder, "infra/changed.tf", "before"), Unreadable)


def test_folder_without_diff_reads_no_content_before(folder: Path) -> None:
    (folder / "diff.patch").unlink()
    assert isinstance(read(folder, "infra/changed.tf", "before"), Unreadable)
    assert [gap.section for gap in FolderSource(str(folder)).collect().gaps] == ["changes"]


def test_folder_with_a_broken_diff_is_unreadable_not_empty(folder: Path) -> None:
    (folder / "diff.patch").write_text("<html>\n")
    assert isinstance(read(folder, "infra/changed.tf", "before"), Unreadable)
    assert FolderSource(str(folder)).collect().diff == b"<html>\n"


def test_folder_lists_directories(folder: Path) -> None:
    source = FolderSource(str(folder))
    assert source.list_directory("infra", "after") == ("changed.tf", "new.tf", "other.tf")
    assert source.list_directory("infra", "before") == ("changed.tf", "gone.tf", "other.tf")
    assert source.list_directory("", "before") == ("old.tf", "pic.png", "run.sh")
    assert isinstance(source.list_directory("nowhere", "after"), Unreadable)
    assert isinstance(source.list_directory("../..", "after"), Unreadable)


@pytest.mark.parametrize("side", ["before", "after"])
def test_folder_never_follows_symlinks_in_tree(folder: Path, side: Any) -> None:
    (folder / "secret").write_text("s3cr3t")
    (folder / "tree/link.tf").symlink_to(folder / "secret")
    (folder / "tree/dir").symlink_to("/etc")
    for path in ("link.tf", "dir/passwd"):
        assert isinstance(read(folder, path, side), Unreadable)


@pytest.mark.parametrize("name", ["facts.json", "diff.patch", "plan.json", "gate", "plans"])
def test_folder_refuses_symlinks_for_its_parts(folder: Path, name: str, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    if name in ("gate", "plans"):
        target.mkdir()
        (target / "gate.yml").write_text("version: 1\n")
    else:
        target.write_text("{}")
    path = folder / name
    path.unlink(missing_ok=True)
    path.symlink_to(target)
    with pytest.raises(CollectError, match=name):
        FolderSource(str(folder)).collect()


def test_folder_refuses_a_fifo(folder: Path) -> None:
    os.mkfifo(folder / "plan.json")
    with pytest.raises(CollectError, match="not a regular file"):
        FolderSource(str(folder)).collect()


def test_folder_reads_the_sites_folder(folder: Path) -> None:
    assert FolderSource(str(folder)).collect().site is None
    (folder / "gate/policies/legacy").mkdir(parents=True)
    (folder / "gate/gate.yml").write_text("version: 1\n")
    (folder / "gate/policies/legacy/a.rego").write_text("package main\n")
    site = FolderSource(str(folder)).collect().site
    assert site is not None
    assert site.ref == "folder"
    assert sorted(site.files) == ["gate.yml", "policies/legacy/a.rego"]
    (folder / "gate/waivers.yml").symlink_to("/etc/passwd")
    with pytest.raises(CollectError, match=r"waivers\.yml"):
        FolderSource(str(folder)).collect()


def test_folder_reads_plans_by_root(folder: Path, tmp_path: Path) -> None:
    (folder / "plan.json").write_text("1")
    (folder / "plans").mkdir()
    (folder / "plans/infra__prod.json").write_text("2")
    (folder / "plans/__.json").write_text("3")
    (folder / "plans/README.md").write_text("not a plan")
    given = tmp_path / "given.json"
    given.write_text("4")
    plans = FolderSource(str(folder), {"./infra/prod/": str(given)}).collect().plans
    assert [(plan.root, plan.name, plan.data) for plan in plans] == [
        ("", "__.json", b"3"),
        ("infra/prod", "given.json", b"4"),
        (None, "plan.json", b"1"),
    ]


@pytest.mark.parametrize(
    ("plans", "message"),
    [
        ({"../x": "plan.json"}, "not a directory of the repository"),
        ({"/x": "plan.json"}, "not a directory of the repository"),
        ({"a": "{folder}/facts.json", "./a": "{folder}/facts.json"}, "two plans for a"),
        ({None: "{folder}/missing.json"}, "No such file"),
        ({None: "{folder}"}, "Is a directory"),
    ],
)
def test_folder_refuses_plans(folder: Path, plans: dict[str | None, str], message: str) -> None:
    given = {root: file.format(folder=folder) for root, file in plans.items()}
    with pytest.raises(CollectError, match=message):
        FolderSource(str(folder), given).collect()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "Expected `object`"),
        ('{"pull": 1, "pull": 2}', "duplicate key"),
        ('{"pull": {"x": NaN}}', "NaN"),
        ('{"commits": []}', "`pull`"),
        (json.dumps({"pull": facts()["pull"]}), "`commits`"),
        (json.dumps(facts(number="7")), r"\$\.pull\.number"),
        (json.dumps(facts(labels=["x"])), r"\$\.pull\.labels\[0\]"),
        (json.dumps({**facts(), "reviews": {}}), r"\$\.reviews"),
        (json.dumps({**facts(), "permissions": {"a": 1}}), r"\$\.permissions"),
        (r'{"pull": "\ud800"}', "not valid JSON"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_folder_refuses_broken_facts_and_names_the_key(
    folder: Path, document: str, message: str
) -> None:
    (folder / "facts.json").write_text(document)
    with pytest.raises(CollectError, match=message) as caught:
        FolderSource(str(folder)).collect()
    assert caught.value.hint
    assert caught.value.message.startswith("facts.json")


def test_folder_keeps_absent_sections_absent_and_unknown_keys_welcome(folder: Path) -> None:
    (folder / "facts.json").write_text(json.dumps({**facts(anything={"x": 1}), "more": []}))
    found = FolderSource(str(folder)).collect().facts
    assert found.reviews is None
    assert found.events is None
    assert found.permissions is None


def test_folder_without_facts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CollectError, match=r"facts\.json is missing"):
        FolderSource(str(tmp_path)).collect()
    with pytest.raises(CollectError, match="no such folder"):
        FolderSource(str(tmp_path / "nowhere")).collect()


@pytest.mark.parametrize(
    ("announced", "sections"),
    [
        ({"changed_files": 6, "commits": 1}, []),
        ({}, []),
        ({"changed_files": 7}, ["changes"]),
        ({"commits": 2}, ["provenance"]),
        ({"changed_files": 900, "commits": 300}, ["changes", "provenance"]),
    ],
)
def test_folder_with_fewer_than_announced_has_gaps(
    folder: Path, announced: dict[str, int], sections: list[str]
) -> None:
    (folder / "facts.json").write_text(json.dumps(facts(**announced)))
    gaps = FolderSource(str(folder)).collect().gaps
    assert [gap.section for gap in gaps] == sections


def test_folder_notices_a_moved_head(folder: Path) -> None:
    source = FolderSource(str(folder))
    source.collect()
    moved = facts(head={"ref": "topic", "sha": "c" * 40})
    (folder / "facts.json").write_text(json.dumps(moved))
    with pytest.raises(HeadMovedError):
        source.confirm()


def test_folder_limits_sizes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "plan.json").write_text("1" * 20)
    for module, name in (
        (files, "MAX_FACTS_BYTES"),
        (files, "MAX_DIFF_BYTES"),
        (files, "MAX_PLAN_BYTES"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, 10)
            with pytest.raises(CollectError, match="larger than 10"):
                FolderSource(str(folder)).collect()
    monkeypatch.setattr(plan_files, "MAX_PLAN_BYTES", 10)
    with pytest.raises(CollectError, match="larger than 10"):
        FolderSource(str(folder), {None: str(folder / "plan.json")}).collect()
    monkeypatch.setattr(files, "MAX_CONTENT_BYTES", 2)
    assert isinstance(read(folder, "infra/other.tf", "after"), Unreadable)


def test_folder_with_an_empty_diff_and_no_count_has_a_gap(folder: Path) -> None:
    (folder / "diff.patch").write_bytes(b"")
    bare = facts()
    bare["pull"].pop("changed_files", None)
    (folder / "facts.json").write_text(json.dumps(bare))
    assert [gap.section for gap in FolderSource(str(folder)).collect().gaps] == ["changes"]
    (folder / "facts.json").write_text(json.dumps(facts(changed_files=0)))
    assert FolderSource(str(folder)).collect().gaps == ()
