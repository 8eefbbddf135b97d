"""Benchmarks: each figure a ratio measured side by side in one run. Not part of the package, nor of the tests."""
