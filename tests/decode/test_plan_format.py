"""Only a plan passes for a plan; look-alikes and hostile bytes are refused with the way out."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest

from gate.decode.plan import decode_plan
from gate.decode.plan_format import Document, check_version, read_changes, read_document
from gate.errors import DecodeError
from gate.schema.collected import PlanFile
from gate.schema.terraform import PlanInfo, TerraformTables

ENTRY = (
    '{"address":"a.b","mode":"managed","type":"a","name":"b","provider_name":"x/y/z",'
    '"change":{"actions":["create"],"before":null,"after":{"k":{"l":1}},"after_unknown":{},'
    '"before_sensitive":false,"after_sensitive":{}}}'
)
PLAN = '{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[' + ENTRY + "]}"
TABLES = TerraformTables(paths={"a": ("k.l", "s")}, surfaces={}, policies={})


def decode(text: str | bytes) -> PlanInfo:
    data = text.encode() if isinstance(text, str) else text
    return decode_plan(PlanFile(root="", name="plan.json", data=data), "", TABLES)[0]


def refusal(text: str | bytes) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        decode(text)
    return caught.value


def test_plain_plan_is_read() -> None:
    info = decode(PLAN)
    assert (info.changed, info.notes) == (1, ())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("null", "not JSON"),
        ("[]", "not JSON"),
        ('"plan"', "not JSON"),
        ("Terraform will perform the following actions:", "not JSON"),
        ("{}", "not a Terraform or OpenTofu plan"),
        ('{"a":1}', "not a Terraform or OpenTofu plan"),
        ('{"format_version":"1.0"}', "not a Terraform or OpenTofu plan"),
        (
            '{"format_version":"1.0","terraform_version":"1.9","values":{"root_module":{}}}',
            "a state",
        ),
        (
            '{"version":4,"terraform_version":"1.9","serial":1,"lineage":"x","resources":[]}',
            "a state",
        ),
        (
            '{"@level":"info","@message":"Terraform 1.9","type":"version"}\n{"@level":"info"}',
            "the log",
        ),
        ('{"meta":{},"encrypted_data":"x","encryption_version":"v0"}', "encrypted"),
        ("PK\x03\x04rest", "binary plan file"),
        (PLAN + PLAN, "trailing"),
        (PLAN[:-1], "not a valid plan"),
    ],
)
def test_look_alikes_are_refused_with_the_command(text: str, says: str) -> None:
    error = refusal(text)
    assert says in error.message
    assert "terraform show -json" in error.hint


@pytest.mark.parametrize("version", ["0.1", "0.2", "1.0", "1.1", "1.2", "1.7", "1.2.3"])
def test_version_is_accepted(version: str) -> None:
    check_version(version, "plan")


@pytest.mark.parametrize("version", ["2.0", "0.0", "10.1", "1", "1.x", "v1.2", "", "1.2\n", "-1.0"])
def test_version_is_refused(version: str) -> None:
    with pytest.raises(DecodeError, match="not understood"):
        check_version(version, "plan")


def test_future_format_is_refused() -> None:
    assert "2.0" in refusal(PLAN.replace('"1.2"', '"2.0"')).message


def test_missing_format_version_is_accepted_where_changes_stand() -> None:
    assert decode(PLAN.replace('"format_version":"1.2",', "")).format_version == ""


def test_unknown_keys_are_welcome() -> None:
    more = PLAN.replace('"mode"', '"later":[1],"mode"', 1).replace(
        '"actions"', '"new":{},"actions"'
    )
    assert decode(more[:-1] + ',"provider_schemas":{}}').changed == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_read_with_a_note(encoding: str) -> None:
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    info = decode((mark + PLAN).encode(encoding))
    assert info.changed == 1
    assert info.notes == ("byte order mark removed from the file",)


def test_mangled_utf16_is_refused() -> None:
    refusal(PLAN.encode("utf-16")[:-1])


@pytest.mark.parametrize(
    "tail",
    [
        "",
        "\n",
        "\n\n::debug::Terraform exited with code 0.\n::set-output name=exitcode::0\n",
        "%0A ::set-output name=stdout::x",
        "\n%0A\n",
    ],
)
def test_wrapper_noise_is_stripped_with_a_note(tail: str) -> None:
    info = decode("[command]/opt/terraform-bin show -json plan\n" + PLAN + tail)
    assert info.changed == 1
    assert info.notes == ("lines of the setup-terraform wrapper around the plan removed",)


def test_wrapper_tail_alone_is_stripped() -> None:
    assert decode(PLAN + "\n::set-output name=exitcode::0\n").changed == 1


def test_wrapper_words_inside_a_string_do_not_cut_the_plan() -> None:
    inside = PLAN.replace('"l":1', '"l":"}\\n::debug::"')
    assert decode(inside).changed == 1
    refusal(inside.replace("}\\n::debug::", "} ::debug::") + "::set-output name=x::y")


def test_other_text_after_the_plan_is_refused() -> None:
    refusal(PLAN + "\nDone.")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"terraform_version"', '"format_version":"1.2","terraform_version"'),
        ('"resource_changes"', '"resource_changes":[],"resource_changes"'),
        ('"mode"', '"mode":"data","mode"'),
        ('"mode"', '"type":"z","mode"'),
        ('"mode"', '"change":{"actions":["no-op"]},"mode"'),
        ('"actions"', '"actions":["no-op"],"actions"'),
        ('"actions"', '"\\u0061ctions":["no-op"],"actions"'),
        ('"mode"', '"ch\\u0061nge":null,"mode"'),
        ('"format_version"', '"resource\\u005fchanges":[],"format_version"'),
        ('"after_unknown"', '"after":{},"after_unknown"'),
        ('"k"', '"k":{},"k"'),
        ('"l"', '"l":2,"l"'),
        ('"l"', '"\\u006c":2,"l"'),
    ],
)
@pytest.mark.parametrize("pretty", [False, True])
def test_duplicate_key_is_refused_where_it_decides(old: str, new: str, pretty: bool) -> None:
    text = PLAN.replace(old, new, 1)
    assert text != PLAN
    assert "duplicate key" in refusal(text.replace(",", ",\n ") if pretty else text).message


def test_duplicate_key_is_refused_in_every_entry() -> None:
    entries = [ENTRY] * 600
    for position in (0, 255, 256, 599):
        bad = list(entries)
        bad[position] = ENTRY.replace('"actions"', '"actions":["delete"],"actions"').replace(
            '["create"]', '["no-op"]'
        )
        text = PLAN.replace(ENTRY, ",".join(bad))
        assert "duplicate key" in refusal(text).message


def test_duplicate_provisioners_are_refused() -> None:
    resource = '{"mode":"managed","type":"a","name":"b","provisioners":[{"type":"local-exec"}]%s}'
    hidden = resource % ',"provisioners":[]'
    text = PLAN[:-1] + ',"configuration":{"root_module":{"resources":[' + hidden + "]}}}"
    assert "duplicate key" in refusal(text).message
    assert decode(text.replace(hidden, resource % "")).changed == 1


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "1e999", "01", "'x'", '"\\ud800"']
)
def test_what_is_not_strict_json_is_refused(value: str) -> None:
    refusal(PLAN.replace('"l":1', f'"l":{value}'))


def test_escaped_html_characters_are_no_duplicate() -> None:
    assert decode(PLAN.replace('"l":1', '"l":"\\u003ca\\u003e \\u0026 \\u2028"')).changed == 1


@pytest.mark.parametrize(
    "place", ['"l":1', '"before":null', '"terraform_version":"1.11.4"', '"actions":["create"]']
)
def test_deep_nesting_is_refused(place: str) -> None:
    for depth in (250, 100_000):
        nested = place.partition(":")[0] + ":" + "[" * depth + "]" * depth
        refusal(PLAN.replace(place, nested))
        refusal(PLAN.replace(place, place.partition(":")[0] + ":" + "[" * depth))


def test_deep_nesting_in_parts_that_are_not_built_is_refused_or_skipped() -> None:
    nested = "[" * 100_000 + "]" * 100_000
    refusal(PLAN[:-1] + f',"prior_state":{nested}}}')


def test_long_string_is_read_in_bounded_memory() -> None:
    size = 50 << 20
    data = PLAN.replace('"l":1', '"s":"' + "x" * size + '"').encode()
    tracemalloc.start()
    info = decode(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert info.changed == 1
    assert peak < 6 * size


@pytest.mark.parametrize("value", ["5", '"x"', "{}", "[1]", '[{"address":1}]', "[null]", "true"])
def test_changes_of_another_shape_are_refused(value: str) -> None:
    refusal(PLAN.replace("[" + ENTRY + "]", value))


def test_null_changes_are_none() -> None:
    assert decode(PLAN.replace("[" + ENTRY + "]", "null")).resources == 0


def _document(**parts: Any) -> Document:
    return read_document(json.dumps({"resource_changes": [], **parts}).encode(), "plan")


def test_read_document_keeps_every_part_raw() -> None:
    document = _document(later={"x": [1]})
    assert {key: bytes(raw) for key, raw in document.parts.items()} == {
        "resource_changes": b"[]",
        "later": b'{"x": [1]}',
    }


def test_read_changes_of_nothing_is_empty() -> None:
    bare = json.dumps({"planned_values": {}, "format_version": "1.2"}).encode()
    assert read_changes(read_document(bare, "plan"), "plan").total == 0
    assert read_changes(_document(resource_changes=None), "plan").changes == ()


NOTHING = {
    "address": "t.n",
    "type": "t",
    "change": {"actions": ["no-op"], "before": {}, "after": {}},
}


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" , ", " : ")])
def test_read_changes_leaves_out_what_nothing_happens_to(separators: tuple[str, str]) -> None:
    made = {**NOTHING, "change": {"actions": ["create"], "after": {"actions": ["no-op"]}}}
    moved = {**NOTHING, "previous_address": "t.m"}
    text = json.dumps(
        {"resource_changes": [NOTHING, made, NOTHING, moved]}, separators=separators
    ).encode()
    found = read_changes(read_document(text, "plan"), "plan")
    assert found.total == 4
    actions = [change.change.actions for change in found.changes if change.change]
    assert ["create"] in actions


def test_no_op_in_a_value_does_not_settle_an_entry_without_actions() -> None:
    hidden = {
        "address": "t.a",
        "type": "t",
        "change": {"actions": ["create"], "after": {"actions": ["no-op"]}},
    }
    bare = {"address": "t.b", "type": "t", "change": {}}
    text = json.dumps({"resource_changes": [hidden, bare]}, separators=(",", ":")).encode()
    found = read_changes(read_document(text, "plan"), "plan")
    assert [change.address for change in found.changes] == ["t.a", "t.b"]


def test_names_in_messages_are_neutralised() -> None:
    with pytest.raises(DecodeError) as caught:
        decode_plan(PlanFile(root="", name="p\x1b[31m\n.json", data=b"{}"), "", TABLES)
    assert caught.value.message.isprintable()
