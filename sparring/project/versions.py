"""Versions of the packages that decide a result; who only audits has few of them."""

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
