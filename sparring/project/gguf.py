"""One file for llama.cpp, made of an exported checkpoint by llama.cpp's own converter, where it is installed.

The converter is a script of llama.cpp's repository and no package; it knows each architecture. What it wrote is read
again: a file whose chat template is another would be asked another prompt than the model was trained on.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from gguf import GGUFReader
from transformers import AutoTokenizer

from sparring.errors import InputError, MachineError

SCRIPT, VARIABLE = "convert_hf_to_gguf.py", "SPARRING_GGUF_CONVERTER"
TEMPLATE = "tokenizer.chat_template"


def find_converter() -> Path:
    """llama.cpp's converter: the file that the environment names, else the one on the path.

    Raises:
        InputError: There is none.
    """
    if named := os.environ.get(VARIABLE):
        if not Path(named).is_file():
            raise InputError(f"{VARIABLE}: {named}: no such file; it should name llama.cpp's {SCRIPT}")
        return Path(named)
    if (found := shutil.which(SCRIPT)) is not None:
        return Path(found)
    raise InputError(
        f"--gguf: llama.cpp's {SCRIPT} is not installed here: put its folder on the path, or name it by {VARIABLE}"
    )


def write_gguf(converter: Path, checkpoint: Path, out: Path) -> Path:
    """Converts a checkpoint; `out` is there only where the converter ended well and kept the chat template.

    Raises:
        MachineError: The converter failed; says its last line.
        InputError: What it wrote has another chat template than the checkpoint.
    """
    partial = out.with_name(f".{out.name}.partial")
    command = [sys.executable, str(converter), str(checkpoint), "--outfile", str(partial), "--outtype", "auto"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        if done.returncode != 0 or not partial.is_file():
            said = (done.stderr + done.stdout).strip().splitlines() or ["nothing"]
            raise MachineError(f"{converter} ended with exit code {done.returncode} and no file: {said[-1]}")
        if _template(partial) != AutoTokenizer.from_pretrained(checkpoint, trust_remote_code=False).chat_template:
            raise InputError(f"{converter} wrote another chat template than {checkpoint} has: nothing is kept")
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    return out


def _template(path: Path) -> str | None:
    """The chat template in a GGUF file; None where it has none, or is no such file."""
    try:
        field = GGUFReader(path).get_field(TEMPLATE)
    except (ValueError, IndexError, OSError):
        return None
    return None if field is None else str(field.contents())
