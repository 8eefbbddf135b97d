"""Operators that put words around the request and leave the request itself as it is."""

from random import Random

from sparring.operators.base import Site, sentence_start

GREETINGS = (
    "Hi there!", "Hello!", "Hey, good morning!", "Good evening!", "Hi, hope you're doing well.", "Hey!", "Greetings!",
)  # fmt: skip
THANKS = (
    "Thanks a lot!", "Thank you so much in advance.", "Much appreciated!", "Cheers!", "Thanks, you're a lifesaver.",
    "I really appreciate it.",
)  # fmt: skip
CHATTER = (
    "It's been one of those mornings, coffee everywhere.", "I finally got around to sitting down at my desk.",
    "Sorry to bother you, I know it's late.", "My cat keeps walking over the keyboard, so bear with me.",
    "I've been meaning to ask somebody about it since yesterday.", "What a day, honestly.",
    "I hope the weekend treated you well.", "My phone is nearly dead, so I'm typing fast.",
)  # fmt: skip
STORIES = (
    "My sister and I were chatting over breakfast and the following came up:", "On the train home I kept wondering about one thing:",
    "My neighbour stopped me in the hallway and I promised to find out:", "We were sitting in the garden when it crossed my mind:",
    "My grandfather called out of the blue and wanted to know one thing, in his words:", "Long story short, after a rather chaotic lunch, it comes down to one thing:",
)  # fmt: skip
QUANTITIES = (
    "My neighbour has {n} goldfish in a tank.", "There are {n} empty cups on my desk right now.",
    "My nephew collected {n} seashells on the beach.", "The elevator in our building got stuck {n} times already.",
    "My aunt knitted {n} scarves over the winter.", "I counted {n} pigeons on the roof across the street.",
    "Somebody left {n} umbrellas in the hallway.", "My daughter drew {n} dragons on the kitchen wall.",
)  # fmt: skip
NEAR_MISSES = (
    "A colleague asked somebody else a rather similar question yesterday.", "My brother sorted out something like it on his own last week.",
    "A friend of mine had nearly the same question a while ago and got it answered.", "My flatmate looked into a similar thing last month, out of curiosity.",
)  # fmt: skip
PERSONAS = (
    "As a nurse on the night shift, I wonder:", "As someone who is new to all of it:", "Speaking as a retired teacher:",
    "As a student in my final year, I'm asking:", "Asking as a proud grandmother:",
)  # fmt: skip
# A bare quotation tells of a request and makes none: who writes makes it their own.
QUOTERS = {
    "My boss wrote to me:": "That one is for you to handle.", "The note on my desk says:": "It's my request to you too.",
    "A friend texted me:": "That's what I'm asking you.", "Our team lead left a message:": "I pass it on to you as my own request.",
}  # fmt: skip
HEDGES = (
    "if it's not too much trouble", "whenever you have a moment", "if you don't mind", "when you get a chance",
)  # fmt: skip
HURRIES = ("I'm in a bit of a rush.", "It's rather urgent, I'm afraid.", "I have a lot on my plate today.")
TITLES = ("Request:", "My question:", "Here is what I'm after:", "In short:", "Task:")


def greeting(text: str, site: Site, rng: Random) -> str:
    """A greeting before the request."""
    return f"{rng.choice(GREETINGS)} {text}"


def thanks(text: str, site: Site, rng: Random) -> str:
    """Thanks after the request."""
    return f"{_ended(text)} {rng.choice(THANKS)}"


def chatty(text: str, site: Site, rng: Random) -> str:
    """Small talk before the request."""
    return f"{rng.choice(CHATTER)} {text}"


def story(text: str, site: Site, rng: Random) -> str:
    """A story that leads to the request."""
    return f"{rng.choice(STORIES)} {text}"


def quantity(text: str, site: Site, rng: Random) -> str:
    """A number in a plainly unrelated sentence, before or after the request; never one of the gold's numbers."""
    choices = [n for n in range(2, 40) if all(amount != n for amount in site.amounts)]
    aside = rng.choice(QUANTITIES).format(n=rng.choice(choices))
    return f"{aside} {text}" if rng.random() < 0.5 else f"{_ended(text)} {aside}"


def near_miss(text: str, site: Site, rng: Random) -> str:
    """Somebody else's like question, already dealt with."""
    return f"{rng.choice(NEAR_MISSES)} {text}"


def persona(text: str, site: Site, rng: Random) -> str:
    """Who is asking."""
    return f"{rng.choice(PERSONAS)} {sentence_start(text)}"


def quote(text: str, site: Site, rng: Random) -> str:
    """The request as somebody else's words, made one's own; not where it has double quotation marks already."""
    if '"' in text or "“" in text:
        return text
    quoter = rng.choice(tuple(QUOTERS))
    return f'{quoter} "{text}" {QUOTERS[quoter]}'


def hedge(text: str, site: Site, rng: Random) -> str:
    """A polite hedge after the request."""
    bare = text.rstrip(".!? ")
    end = text[len(bare) :].strip()
    return f"{bare}, {rng.choice(HEDGES)}{end or '.'}"


def hurry(text: str, site: Site, rng: Random) -> str:
    """A word about the asker's day after the request."""
    return f"{_ended(text)} {rng.choice(HURRIES)}"


def title(text: str, site: Site, rng: Random) -> str:
    """A heading on a line of its own before the request."""
    return f"{rng.choice(TITLES)}\n{text}"


def _ended(text: str) -> str:
    """A text that ends like a sentence."""
    stripped = text.rstrip()
    return stripped if stripped.endswith((".", "!", "?", '"', "”", ":")) else f"{stripped}."
