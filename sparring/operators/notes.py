"""The operator that puts the request among long notes which have nothing to do with it."""

from random import Random

from sparring.operators.base import Site
from sparring.operators.templates import Template

NOTES = (
    "The gutters were full of leaves again and it took all of Saturday to clear them.",
    "Grandma sent a parcel with jars of plum jam and a pair of woollen socks.",
    "The kettle makes a strange noise, though it still boils.",
    "Our hedge has grown taller than the fence and the neighbours like it that way.",
    "The bakery on the corner has a new oven, and the smell wanders up the whole street.",
    "Someone painted the letterbox blue, and nobody in the house admits to it.",
    "The tomatoes on the balcony did better than the cucumbers.",
    "I found my old chess set in the cellar, one knight is missing.",
    "The choir sang in the stairwell because the hall was locked.",
    "My bicycle has a new saddle and squeaks as before.",
    "The curtains came back from the cleaner's in another shade of grey.",
    "It rained sideways at lunch, and the umbrella gave up.",
    "The dentist was kind and the waiting room was cold.",
    "Our old radio picks up a station that plays nothing but accordions.",
    "The lamp in the hallway flickers whenever the lift goes by.",
    "I mended the garden chair with string, and it holds so far.",
    "The postman whistles a tune that I cannot get out of my head.",
    "There was a hot-air balloon above the park, quite low.",
    "The soup was too salty and got eaten all the same.",
    "My scarf went missing on the tram and came back by post.",
)
TEMPLATES = tuple(Template(text) for text in NOTES)
HEADING = Template("Notes of the day:")
MOST, FEWEST = 9, 6
SHARED = 5  # letters of a word that a note and the seed may not have in common


def notes(text: str, site: Site, rng: Random) -> str:
    """The request between two paragraphs of notes, which share no longer word with the seed or its tools."""
    tools = [
        f"{tool.name} {tool.description} {' '.join(tool.parameters.get('properties', {}))}" for tool in site.seed.tools
    ]
    about = " ".join([site.seed.query, *tools]).lower()
    free = [
        note for note in NOTES if not any(word[:SHARED] in about for word in note.lower().split() if len(word) > SHARED)
    ]
    chosen = rng.sample(free, min(len(free), rng.randint(FEWEST, MOST)))
    if len(chosen) < FEWEST:
        return text
    cut = rng.randint(2, len(chosen) - 2)
    return f"{HEADING.text} {' '.join(chosen[:cut])}\n\n{text}\n\n{' '.join(chosen[cut:])}"
