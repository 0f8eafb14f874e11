"""How much a change changes."""

from __future__ import annotations

from gate.decode.measures import MOST_DIRECTORIES, measure, use_of
from gate.schema.bodies import Amount
from gate.schema.changes import Changes, FileChange
from gate.schema.gate_input import Touch


def touch(subject: str, action: str, surface: str = "other", environment: str = "prod") -> Touch:
    return Touch(
        surface=surface, environment=environment, action=action, path="infra", subject=subject
    )


def test_resource_counts_once_however_many_surfaces_it_touches() -> None:
    touches = [touch("a.b", "update", "iam"), touch("a.b", "update", "data")]
    found = measure(Changes(), touches)
    assert (found.resources, found.destroyed) == (1, 0)
    assert found.environments == {"prod": Amount(resources=1)}
    assert found.surfaces == ("data", "iam")


def test_resource_in_two_environments_counts_in_each_and_once_in_all() -> None:
    touches = [touch("a.b", "delete"), touch("a.b", "delete", environment="staging")]
    found = measure(Changes(), touches)
    one = Amount(resources=1, destroyed=1)
    assert (found.resources, found.destroyed) == (1, 1)
    assert found.environments == {"prod": one, "staging": one}


def test_deleting_and_replacing_destroy_and_reading_is_nothing() -> None:
    touches = [
        touch("a.delete", "delete"),
        touch("a.replace", "replace"),
        touch("a.forget", "forget"),
        touch("a.read", "read"),
        touch("", "update"),
    ]
    found = measure(Changes(), touches)
    assert (found.resources, found.destroyed) == (3, 2)


def test_files_lines_and_directories_are_those_of_the_diff() -> None:
    files = tuple(
        FileChange(path=path, status="modified", added=2, removed=1)
        for path in ("README.md", "a/x.tf", "a/y.tf", "b/z.tf")
    )
    found = measure(Changes(files=files), ())
    assert (found.files, found.lines) == (4, 12)
    assert found.directories == (".", "a", "b")


def test_directories_are_named_up_to_a_number() -> None:
    files = tuple(FileChange(path=f"d{n}/x", status="added") for n in range(500))
    found = measure(Changes(files=files), ())
    assert found.files == 500
    assert len(found.directories) == MOST_DIRECTORIES


def test_use_is_told_without_paths() -> None:
    touches = [touch("a.b", "update", "iam"), touch("a.c", "update", "iam"), touch("a.d", "create")]
    assert use_of(touches) == (
        {"surface": "iam", "environment": "prod", "action": "update"},
        {"surface": "other", "environment": "prod", "action": "create"},
    )


def test_environment_that_only_a_path_touches_is_named() -> None:
    found = measure(Changes(), [touch("", "update", environment="prod")])
    assert found.environments == {"prod": Amount()}
    assert measure(Changes(), [touch("", "update", environment="")]).environments == {}
