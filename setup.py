"""Builds the wheel: `sparring` alone at top level, and inside it the files that `sparring init` writes.

Everything else about the build stands in pyproject.toml. The list of files is the library's own, read without importing
what it needs.
"""

import runpy
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
LISTED = runpy.run_path(str(ROOT / "sparring" / "project" / "shipped.py"))


class WithProjectFiles(build_py):
    """Copies the project's own files into the package; an editable installation finds them where they are."""

    def run(self) -> None:
        """Packages first, then the project's files."""
        super().run()
        if self.editable_mode:
            return
        for name in LISTED["listed"](ROOT):
            target = Path(self.build_lib, "sparring", LISTED["FOLDER"], name)
            target.parent.mkdir(parents=True, exist_ok=True)
            self.copy_file(str(ROOT / name), str(target))


setup(cmdclass={"build_py": WithProjectFiles})
