"""The one reader of round.json: whoever needs a round's manifest reads it here, and a broken one is one line."""

from sparring.errors import InputError
from sparring.records import RoundResult
from sparring.storage import RoundPaths, read_record


def read_manifest(paths: RoundPaths) -> RoundResult:
    """The manifest of a finished round.

    Raises:
        InputError: The round is not finished, or the file is broken or another round's; names file and field.
    """
    if not paths.manifest.exists():
        raise InputError(f"{paths.manifest}: no such file; play round {paths.round} first")
    found = read_record(paths.manifest, RoundResult)
    if found.round != paths.round:
        raise InputError(f"{paths.manifest}: round: {found.round!r} is not the folder's name")
    return found
