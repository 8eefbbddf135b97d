"""Who else takes part in a round of free text: readers, and a chat model that attacks; told early where one is dead."""

import shutil

from sparring.attacker.chat_attacker import must_write
from sparring.config import Params
from sparring.errors import InputError
from sparring.records import Example
from sparring.seals import is_sealed
from sparring.storage import read_json
from sparring.targets.readers import open_readers
from sparring.terminal import say
from tasks.rounds import Round

UNREAD = "unread.json"


def must_take_part(played: Round) -> None:
    """Asks served readers and a served attacker whether they are there.

    Raises:
        UnreachableError: One does not answer.
        InputError: One refuses every request, is missing, or its key is not set.
    """
    if is_sealed(played.bench.seals, played.bench.file("heldout")):
        return
    for reader in open_readers(played.project.params, played.project.root):
        reader.must_answer()
    if (endpoint := played.project.params.query_model.endpoint) is not None:
        must_write(endpoint)


def needs_local_attacker(params: Params, study: str) -> None:
    """Raises InputError where the recipe names a chat model: the study compares query models of this project."""
    if params.query_model.endpoint is not None:
        raise InputError(f"params.yaml: query_model.endpoint: {study} compares query models of this project: set null")


def read_seeds(played: Round, seeds: list[Example]) -> None:
    """Writes unread.json: seeds on which no free text can be judged, since too few readers answer them rightly.

    Nothing where nobody reads.
    """
    params = played.project.params
    if params.gates.readers is None or params.query_model.action != "rewrite":
        return
    readers = played.project.gatekeeper.readers
    if readers is None or played.bench.done(played.bench.folder / UNREAD):
        return
    unread = [seed.id for seed, can in zip(seeds, readers.readable(seeds), strict=True) if not can]
    say(f"{played.name}: {len(unread)} of {len(seeds)} seeds are not attacked: too few readers answer them rightly")
    played.bench.write_json(UNREAD, unread)


def unread_seeds(played: Round) -> set[str]:
    """What `read_seeds` wrote; nothing where nobody reads."""
    path = played.bench.folder / UNREAD
    return set(read_json(path)) if path.exists() else set()


def carried_on(played: Round) -> None:
    """The query model of the round before, as it is: who attacks in its place is served and cannot be trained."""
    endpoint = played.project.params.query_model.endpoint
    model = "" if endpoint is None else endpoint.model
    say(f"{played.name}: RL update skipped: {model} attacks from its endpoint; the local query model stays as it is")
    shutil.copytree(played.before.query_adapter, played.bench.folder / "query", dirs_exist_ok=True)
