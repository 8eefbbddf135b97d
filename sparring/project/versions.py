"""What a result was made by and when: versions of the packages that decide it; who only audits has few of them."""

import time
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("torch", "transformers", "trl", "peft", "datasets", "prefect", "mlflow", "dvc", "sparring")


def versions() -> dict[str, str]:
    """Those that are installed, by name."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def moment() -> str:
    """Now, in UTC, to the minute, as a manifest names it."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
