"""gate.evaluate.opa: which binary is taken, and every way in which it may fail."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gate.errors import EvaluateError
from gate.evaluate import opa as module
from gate.evaluate.opa import Opa, OpaError, ask, cache_folder, capabilities_path, find_opa
from gate.process import run


def answer(
    engine: Opa, folder: Path, policy: str, query: str = "data.p.x", **options: object
) -> module.Reply:
    (folder / "p.rego").write_text(policy)
    return ask(
        engine,
        query,
        sources=["p.rego"],
        folder=str(folder),
        document=b'{"a": 1}',
        **options,  # type: ignore[arg-type]
    )


def test_value_is_read(engine: Opa, tmp_path: Path) -> None:
    assert answer(engine, tmp_path, "package p\nx := input.a").value == 1


def test_undefined_is_told_apart_from_null(engine: Opa, tmp_path: Path) -> None:
    assert not answer(engine, tmp_path, "package p\nx := input.b").defined
    assert answer(engine, tmp_path, "package p\nx := null").defined


def test_environment_is_not_visible(
    engine: Opa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATE_CANARY", "canary-value")
    everything = tmp_path / "all.json"
    everything.write_bytes(run([engine.path, "capabilities", "--current"], timeout=20).stdout)
    reply = answer(
        engine,
        tmp_path,
        "package p\nx := opa.runtime()",
        options=("--capabilities", str(everything)),
    )
    assert "canary" not in json.dumps(reply.value)


@pytest.mark.parametrize(
    "call",
    [
        "opa.runtime()",
        'http.send({"method": "get", "url": "http://127.0.0.1"})',
        'net.lookup_ip_addr("localhost")',
        "time.now_ns()",
        'rand.intn("a", 5)',
        'uuid.rfc4122("a")',
        'json.match_schema({}, {"$ref": "http://127.0.0.1"})',
        'rego.parse_module("a", "package a")',
        'crypto.x509.parse_certificates("a")',
        "io.jwt.encode_sign({}, {}, {})",
        'graphql.is_valid("a", "b")',
        "providers.aws.sign_req({}, {}, 1)",
    ],
)
def test_reaching_out_is_refused_by_name(engine: Opa, tmp_path: Path, call: str) -> None:
    name = call.partition("(")[0]
    with pytest.raises(OpaError, match=rf"p\.rego:2: .*undefined function {name}") as caught:
        answer(engine, tmp_path, f"package p\nx := {call}")
    assert "network" in caught.value.hint


def test_capabilities_are_those_of_the_pin_minus_the_refused(engine: Opa) -> None:
    current = msgspec.json.decode(
        run([engine.path, "capabilities", "--current"], timeout=20).stdout
    )
    offered = json.loads(Path(capabilities_path()).read_text())
    ours = {item["name"] for item in offered["builtins"]}
    theirs = {item["name"] for item in current["builtins"]}
    assert ours <= theirs
    assert {name.partition(".")[0] for name in theirs - ours} == {
        "crypto", "graphql", "http", "internal", "io", "json", "net", "opa", "print", "providers",
        "rand", "rego", "time", "trace", "uuid",
    }  # fmt: skip
    assert len(theirs - ours) < 32
    assert offered["allow_net"] == []


def test_failing_builtin_is_an_error_when_strict(engine: Opa, tmp_path: Path) -> None:
    with pytest.raises(OpaError, match=r"eval_builtin_error"):
        answer(engine, tmp_path, 'package p\nx := to_number("a")')


def test_failing_builtin_is_a_problem_when_tolerated(engine: Opa, tmp_path: Path) -> None:
    reply = answer(
        engine,
        tmp_path,
        'package p\nx contains to_number("a")\nx contains 1',
        options=("--show-builtin-errors",),
    )
    assert reply.value == [1]
    assert [problem.code for problem in reply.problems] == ["eval_builtin_error"]


def test_syntax_error_names_file_line_and_the_way_out(engine: Opa, tmp_path: Path) -> None:
    with pytest.raises(OpaError, match=r"p\.rego:3: rego_parse_error") as caught:
        answer(engine, tmp_path, "package p\n\nx {")
    assert "gate policies migrate" in caught.value.hint


def test_conflict_is_an_error(engine: Opa, tmp_path: Path) -> None:
    with pytest.raises(OpaError, match="eval_conflict_error"):
        answer(engine, tmp_path, "package p\nx := 1\nx := 2")


def test_looping_rule_is_stopped(
    engine: Opa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVALUATION_SECONDS", 1)
    loop = "package p\nn := numbers.range(1, 4000)\nx := count([1 | n[_] * n[_] * n[_] == 7])"
    begin = time.monotonic()
    with pytest.raises(EvaluateError, match="eval_cancel_error|did not answer"):
        answer(engine, tmp_path, loop)
    assert time.monotonic() - begin < 20


def test_memory_eater_is_stopped(
    engine: Opa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MEMORY", 100 << 20)
    eater = "package p\nx := numbers.range(1, 9000000)"
    with pytest.raises(EvaluateError, match="100 MB are allowed"):
        answer(engine, tmp_path, eater)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("exit 1", "did not answer in JSON .exit 1.: no output"),
        ('echo \'{"result": [{"expr\'', "did not answer in JSON"),
        ("echo panic >&2; exit 2", "panic"),
        ("echo '{}'; exit 3", "exit code 3"),
        ("printf '{\"result\": [{'; kill -9 $$", "SIGKILL"),
    ],
)
def test_broken_binary_is_an_error(
    script: Callable[[str], str], tmp_path: Path, body: str, reason: str
) -> None:
    engine = find_opa(script(f"cat > /dev/null\n{body}"))
    assert engine is not None
    with pytest.raises(EvaluateError, match=reason):
        answer(engine, tmp_path, "package p\nx := 1")


def test_binary_killed_half_way_is_an_error(
    script: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVALUATION_SECONDS", -4)
    engine = find_opa(script("printf '{\"result\": ['; sleep 30"))
    assert engine is not None
    with pytest.raises(EvaluateError, match="not finished after 1 s"):
        answer(engine, tmp_path, "package p\nx := 1")


@pytest.mark.parametrize("version", ["0.70.0", "1.20.1", "1.23.0", "2.0.0", "nonsense"])
def test_version_outside_the_accepted_is_an_error(script: Callable[..., str], version: str) -> None:
    with pytest.raises(EvaluateError, match="is not accepted") as caught:
        find_opa(script("", version))
    assert "gate opa install" in caught.value.hint


@pytest.mark.parametrize("version", ["1.20.2", "1.21.0", "1.22.9"])
def test_accepted_versions(script: Callable[..., str], version: str) -> None:
    found = find_opa(script("", version))
    assert found is not None
    assert found.version == version


def test_version_is_asked_once_per_binary(
    script: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = script("")
    assert find_opa(path) is not None
    monkeypatch.setattr(module.process, "run", lambda *_, **__: pytest.fail("asked again"))
    assert find_opa(path) is not None


def test_replaced_binary_is_asked_again(script: Callable[..., str]) -> None:
    assert find_opa(script("")) == Opa(script(""), "1.20.2")
    replaced = find_opa(script("true", "1.22.0"))
    assert replaced is not None
    assert replaced.version == "1.22.0"


def test_named_binary_that_is_missing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATE_OPA", "/nonexistent/opa")
    with pytest.raises(EvaluateError, match="GATE_OPA /nonexistent/opa is no program"):
        find_opa()


def test_order_is_variable_cache_path(
    script: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATE_OPA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert find_opa() is None
    binary = Path(script("")).read_text()
    folder = tmp_path / "bin"
    for place in (folder / "opa", Path(module.installed_path())):
        place.parent.mkdir(parents=True)
        place.write_text(binary)
        place.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    assert find_opa() == Opa(module.installed_path(), "1.20.2")
    Path(module.installed_path()).unlink()
    assert find_opa() == Opa(str(folder / "opa"), "1.20.2")


def test_binary_in_the_workspace_or_a_relative_folder_is_not_taken(
    script: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATE_OPA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "opa").write_text(Path(script("")).read_text())
    (workspace / "opa").chmod(0o755)
    monkeypatch.chdir(workspace)
    monkeypatch.setenv("PATH", ".:/usr/bin:/bin")
    assert find_opa() is None
    monkeypatch.setenv("PATH", f"{workspace}:/usr/bin:/bin")
    assert find_opa() is not None
    monkeypatch.setenv("GITHUB_WORKSPACE", str(workspace))
    assert find_opa() is None


def test_cache_in_the_workspace_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(EvaluateError, match="lies in the workspace"):
        cache_folder()


def test_named_binary_needs_its_digest_in_actions(
    script: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = script("")
    monkeypatch.setenv("GATE_OPA", path)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    with pytest.raises(EvaluateError, match="has not the SHA-256"):
        find_opa()
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    monkeypatch.setenv("GATE_OPA_SHA256", digest)
    assert find_opa() == Opa(path, "1.20.2")
