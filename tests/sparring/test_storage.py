import pytest

from sparring.errors import InputError
from sparring.records import Call
from sparring.storage import hash_tree, read_jsonl, write_jsonl


def test_rows_come_back_and_the_same_rows_give_the_same_bytes(tmp_path):
    calls = [Call(name="f", arguments={"x": 1, "text": "line\u2028separator"}), Call(name="g", arguments={})]
    write_jsonl(tmp_path / "a.jsonl", calls)
    write_jsonl(tmp_path / "b.jsonl", calls)
    assert read_jsonl(tmp_path / "a.jsonl", Call) == calls
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.jsonl", "b.jsonl"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"name": "f"}', "calls.jsonl:2: arguments: Field required"),
        ('{"name": "f", "arguments": {}, "extra": 1}', "calls.jsonl:2: extra: "),
        ('{"name": ', "calls.jsonl:2: record: Invalid JSON"),
    ],
)
def test_a_broken_row_is_named_by_file_line_and_field(tmp_path, line, message):
    path = tmp_path / "calls.jsonl"
    path.write_text('{"name": "f", "arguments": {}}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_jsonl(path, Call)
    assert message in str(caught.value)


def test_the_hash_of_a_folder_sees_names_and_bytes(tmp_path):
    (tmp_path / "a").write_text("1", encoding="utf-8")
    first = hash_tree(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    second = hash_tree(tmp_path)
    (tmp_path / "b").write_text("2", encoding="utf-8")
    assert len({first, second, hash_tree(tmp_path)}) == 3
