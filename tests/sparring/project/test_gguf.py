"""GGUF by llama.cpp's converter: told where it is missing or fails, and kept only with the checkpoint's chat template."""

import sys

import pytest

from sparring import cli
from sparring.errors import InputError, MachineError
from sparring.project.gguf import find_converter, write_gguf
from tests.tiny import TEMPLATE, tokenizer

# Takes llama.cpp's arguments and writes a file of its format, with the template that stands in it.
CONVERTER = """
import sys
from pathlib import Path
from gguf import GGUFWriter
checkpoint, out = sys.argv[1], sys.argv[sys.argv.index("--outfile") + 1]
assert sys.argv[sys.argv.index("--outtype") + 1] == "auto" and (Path(checkpoint) / "tokenizer.json").exists()
writer = GGUFWriter(out, "llama")
{template}
writer.write_header_to_file(); writer.write_kv_data_to_file(); writer.write_tensors_to_file(); writer.close()
"""
KEEPS = f"writer.add_chat_template({TEMPLATE!r})"


@pytest.fixture
def checkpoint(tmp_path):
    folder = tmp_path / "checkpoint"
    tokenizer().save_pretrained(folder)
    return folder


def converter(folder, body):
    path = folder / "convert_hf_to_gguf.py"
    path.write_text(body, encoding="utf-8")
    return path


def test_a_checkpoint_becomes_one_file_with_its_chat_template(checkpoint, tmp_path):
    from gguf import GGUFReader

    made = write_gguf(converter(tmp_path, CONVERTER.format(template=KEEPS)), checkpoint, tmp_path / "r01.gguf")
    assert GGUFReader(made).get_field("tokenizer.chat_template").contents() == TEMPLATE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint", "convert_hf_to_gguf.py", "r01.gguf"]


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        (
            "raise SystemExit('Model TinyForCausalLM is not supported')",
            MachineError,
            "TinyForCausalLM is not supported",
        ),
        ("print('done')", MachineError, "exit code 0 and no file: done"),
        ("import sys; open(sys.argv[3], 'wb').write(b'no model')", InputError, "another chat template"),
        (CONVERTER.format(template=""), InputError, "another chat template"),
        (CONVERTER.format(template="writer.add_chat_template('{{ x }}')"), InputError, "another chat template"),
    ],
)
def test_what_the_converter_did_wrong_is_told_and_nothing_is_kept(checkpoint, tmp_path, body, error, said):
    with pytest.raises(error, match=said):
        write_gguf(converter(tmp_path, body), checkpoint, tmp_path / "r01.gguf")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint", "convert_hf_to_gguf.py"]


def test_a_converter_is_found_by_its_variable_before_the_path(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    found = converter(tmp_path / "bin", "")
    found.chmod(0o755)
    monkeypatch.delenv("SPARRING_GGUF_CONVERTER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert find_converter() == found
    monkeypatch.setenv("SPARRING_GGUF_CONVERTER", str(converter(tmp_path, "")))
    assert find_converter() == tmp_path / "convert_hf_to_gguf.py"
    monkeypatch.setenv("SPARRING_GGUF_CONVERTER", str(tmp_path / "none.py"))
    with pytest.raises(InputError, match=r"SPARRING_GGUF_CONVERTER: .*none\.py: no such file"):
        find_converter()


def test_without_a_converter_the_command_says_so_before_it_writes(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("SPARRING_GGUF_CONVERTER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["sparring", "export", "r01", str(tmp_path / "out"), "--gguf"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "convert_hf_to_gguf.py is not installed here: put its folder on the path" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
