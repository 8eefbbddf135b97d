"""The reference checker in a virtual environment of its own: its requirements conflict with ours.

It runs as a child process that reads one JSON document a line and answers one, so that neither side's imports count.
"""

import json
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = ("bfcl-eval==2026.3.23", "soundfile")  # the second is imported, and declared by nobody
# What the reference's checker imports, and no more: its whole list (notebooks, search, every vendor's client) is large.
SERVER = r"""
import json, sys, time
from bfcl_eval.constants.enums import Language, ReturnFormat
from bfcl_eval.eval_checker.ast_eval.ast_checker import ast_checker
from bfcl_eval.model_handler.utils import ast_parse
from bfcl_eval.utils import is_empty_output, is_function_calling_format_output

def verdict(case):
    text, category = case["text"], case["category"]
    try:
        text = text.strip("`\n ")
        text = text if text.startswith("[") else "[" + text
        text = text if text.endswith("]") else text + "]"
        decoded = ast_parse(text, ReturnFormat.PYTHON, False)
    except Exception:
        return "irrelevance" in category, "ast_decoder:decoder_failed"
    if "relevance" in category:
        return is_empty_output(decoded) == ("irrelevance" in category), None
    if not is_function_calling_format_output(decoded):
        return False, "ast_decoder:decoder_wrong_output_format"
    try:
        found = ast_checker(case["functions"], decoded, case["gold"], Language.PYTHON, category, "gorilla-openfunctions-v2")
    except Exception:
        return None, "oracle:crash"
    return found["valid"], None if found["valid"] else found.get("error_type")

for line in sys.stdin:
    cases = json.loads(line)
    begin = time.process_time()
    found = [verdict(case) for case in cases]
    print(json.dumps({"verdicts": found, "seconds": time.process_time() - begin}), flush=True)
"""


class ReferenceChecker:
    """The installed reference, answering in batches.

    Args:
        folder: Where its environment lies or shall lie.
    """

    def __init__(self, folder: Path) -> None:
        python = folder / "bin" / "python"
        if not python.exists():
            venv.create(folder, with_pip=True)
        if subprocess.run([python, "-c", "import bfcl_eval"], capture_output=True, check=False).returncode != 0:
            subprocess.run([python, "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True, stdout=sys.stderr)
        self.process = subprocess.Popen(
            [python, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL
        )

    def judge(self, cases: list[dict[str, object]]) -> tuple[list[tuple[bool | None, str | None]], float]:
        """Verdicts (valid, error type; None where it crashed) and the processor seconds that they took.

        Raises:
            RuntimeError: The reference did not start.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(cases) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the reference checker did not start: see what `import bfcl_eval` says")
        answer = json.loads(line)
        return [(valid, error) for valid, error in answer["verdicts"]], answer["seconds"]

    def close(self) -> None:
        """Ends the child."""
        self.process.terminate()
        self.process.wait()
