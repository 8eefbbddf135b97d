"""Pinned wheels: nothing that an index offers in their place is run or kept."""

import hashlib
import tarfile
import zipfile

import pytest

from sparring.errors import UnreachableError
from sparring.sources import wheels
from sparring.sources.wheels import Wheel, fetch_wheel

FILENAME = "pinned_thing-1.0-py3-none-any.whl"
METADATA = "Metadata-Version: 2.1\nName: pinned-thing\nVersion: 1.0\n"


def make_wheel(path, content="x = 1\n"):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (
            ("pinned_thing.py", content),
            ("pinned_thing-1.0.dist-info/METADATA", METADATA),
            ("pinned_thing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
            ("pinned_thing-1.0.dist-info/RECORD", ""),
        ):
            archive.writestr(zipfile.ZipInfo(name), text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def index(tmp_path, monkeypatch):
    """An index that is a folder; a wheel is pinned that it may hold."""
    place = tmp_path / "index"
    place.mkdir()
    digest = make_wheel(tmp_path / FILENAME)
    monkeypatch.setitem(wheels.WHEELS, "pinned", Wheel("pinned-thing==1.0", FILENAME, digest))
    monkeypatch.delenv(wheels.FOLDER_VARIABLE, raising=False)
    for name, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(place), "PIP_NO_BUILD_ISOLATION": "1"}.items():
        monkeypatch.setenv(name, value)
    return place


def test_the_pinned_bytes_are_fetched_and_kept_and_pip_says_nothing(index, tmp_path, capfd):
    make_wheel(index / FILENAME)
    kept = fetch_wheel("pinned", tmp_path / "raw")
    assert capfd.readouterr() == ("", "fetching pinned-thing==1.0\n")
    assert kept.read_bytes() == (index / FILENAME).read_bytes()
    (index / FILENAME).unlink()
    assert fetch_wheel("pinned", tmp_path / "raw") == kept


def test_other_bytes_under_the_pinned_name_are_not_kept(index, tmp_path):
    make_wheel(index / FILENAME, content="x = 2\n")
    with pytest.raises(UnreachableError, match=r"could not be fetched \(ERROR: ") as told:
        fetch_wheel("pinned", tmp_path / "raw")
    assert "\n" not in str(told.value)
    assert not list((tmp_path / "raw").iterdir())


def test_a_source_archive_in_place_of_a_wheel_runs_nothing(index, tmp_path):
    source, ran = tmp_path / "pinned-thing-1.0", tmp_path / "ran"
    source.mkdir()
    setup = f"open({str(ran)!r}, 'w')\nfrom setuptools import setup\nsetup(name='pinned-thing', version='1.0')\n"
    (source / "setup.py").write_text(setup)
    (source / "PKG-INFO").write_text(METADATA)
    with tarfile.open(index / "pinned-thing-1.0.tar.gz", "w:gz") as archive:
        archive.add(source, source.name)
    with pytest.raises(UnreachableError, match="could not be fetched"):
        fetch_wheel("pinned", tmp_path / "raw")
    assert not ran.exists()
