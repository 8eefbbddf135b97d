"""What an audit says of how the model was asked and of what it read, before anybody believes its figures.

It lies in the audit's folder, `data/served.json`. An endpoint is found out while it is asked, and not again by a run
whose answers are all there already: so what was found stays.
"""

from pathlib import Path

from pydantic import Field

from sparring.records import Record
from sparring.storage import read_record, write_text
from sparring.studies.own_tools import own_tools_sentences
from sparring.targets.trained_prompts import ServedPrompt

SHOWN = 5


class Served(Record):
    """How a model was asked.

    Attributes:
        asked: What the requests said of the tools; empty where they said nothing.
        left_out: Rows that could not be answered rightly, asked like this.
        not_strict: Tools that strict mode does not take, each with the reason.
        not_taken: Fields of the request that the endpoint refused: it was asked without them.
        prompt: What the server shows beside what the model was trained on; None where no exported model was named.
    """

    asked: str = ""
    left_out: int = 0
    not_strict: dict[str, str] = Field(default_factory=dict)
    not_taken: list[str] = Field(default_factory=list)
    prompt: ServedPrompt | None = None


def served_path(folder: Path) -> Path:
    """Where it lies in an audit's folder."""
    return folder / "data" / "served.json"


def read_served(folder: Path) -> Served:
    """What is known. Raises InputError where the file is broken."""
    return read_record(served_path(folder), Served) if served_path(folder).exists() else Served()


def write_served(folder: Path, served: Served) -> None:
    """Writes it, where there is anything to say."""
    if served != Served():
        write_text(served_path(folder), served.model_dump_json(indent=2) + "\n")


def served_sentences(folder: Path) -> list[str]:
    """The report's sentences; none where a model was asked as usual and nothing was compared."""
    served = read_served(folder)
    found = [served.prompt.text] if served.prompt is not None and served.prompt.state == "equal" else []
    if served.asked:
        found.append(f"Asked {served.asked}.")
    if served.left_out:
        found.append(f"Left out, since nothing answers them rightly so: {served.left_out} rows.")
    if served.not_strict:
        named = [f"{name} ({reason})" for name, reason in sorted(served.not_strict.items())]
        more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
        found.append(f"Tools that strict mode does not take, sent as they are: {'; '.join(named[:SHOWN])}{more}.")
    if served.not_taken:
        found.append(f"The endpoint takes no {', '.join(served.not_taken)}: it was asked without.")
    return found


def cautions(folder: Path) -> list[str]:
    """What is to be known before a figure is believed: the model reads, or may read, what it was not trained on."""
    prompt = read_served(folder).prompt
    return [] if prompt is None or prompt.state == "equal" else [prompt.text]


def about_audit(folder: Path) -> tuple[list[str], list[str]]:
    """What a report says of an audit beside its figures.

    Returns:
        What comes before the figures; how the model was asked and what the tools and seeds of a team's own are.

    Raises:
        InputError: A file is broken.
    """
    return cautions(folder), [*served_sentences(folder), *own_tools_sentences(folder)]
