"""What a field's name says its values look like: names, places, addresses, dates and ids, by Faker or short lists.

Faker comes with the extra `seeds`. Each row seeds its own instance, so the same row has the same values. The one
surprise: values of one kind that a person could mistake for another (a city in a field of streets) are not mixed.
"""

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from sparring.errors import InputError

Maker = Callable[[Any, Random], str]
ZONES = ("Europe/Oslo", "Asia/Tokyo", "America/Chicago", "Africa/Nairobi", "Australia/Sydney", "America/Sao_Paulo",
         "Asia/Kolkata", "Europe/Lisbon", "Pacific/Auckland", "America/Vancouver", "Asia/Dubai", "Europe/Athens",
         "Asia/Seoul", "Europe/Warsaw", "America/Bogota", "Africa/Cairo", "Asia/Jakarta", "America/Denver", "Asia/Manila",
         "Europe/Dublin", "America/Lima", "Africa/Lagos", "Asia/Karachi", "Europe/Vienna", "Australia/Perth", "Asia/Taipei")  # fmt: skip
CITIES = ("Oslo", "Lisbon", "Nairobi", "Osaka", "Montreal", "Hamburg", "Adelaide", "Bogota", "Krakow", "Seville", "Chicago",
          "Cape Town", "Buenos Aires", "Denver", "Marseille", "Bangalore", "Helsinki", "Dublin", "Seattle", "Naples",
          "Quito", "Tallinn", "San Diego", "Auckland", "Porto", "Leipzig")  # fmt: skip
COUNTRIES = ("Norway", "Portugal", "Kenya", "Japan", "Canada", "Germany", "Peru", "Poland", "Spain", "India", "Finland",
             "Ireland", "Ecuador", "Estonia", "New Zealand", "Chile")  # fmt: skip
CURRENCIES = ("EUR", "USD", "JPY", "GBP", "CHF", "SEK", "NOK", "AUD", "CAD", "PLN")
SUBJECTS = ("weekly report", "budget review", "customer survey", "winter sale", "travel plans", "release notes",
            "staff training", "garden party", "price list", "road closures", "solar panels", "coffee beans",
            "museum tickets", "bicycle repair", "harbour tour", "annual audit")  # fmt: skip
SENTENCES = ("Fix the broken link on the start page", "Meeting moved to the large room", "The parcel arrived damaged",
             "Please call back after lunch", "Add a section about refunds", "Second draft with corrections",
             "Customer asked for a discount", "Correct the spelling of the headline", "Waiting for the supplier",
             "Remove the old banner", "The printer on the third floor is out of paper",
             "Rename the menu entries", "All guests have confirmed")  # fmt: skip
LABELS = ("urgent", "finance", "archive", "internal", "draft", "spring", "north", "retail", "premium", "garden", "pilot",
          "legacy", "travel", "kitchen", "support", "research")  # fmt: skip
NAMES = ("atlas", "northwind", "bluebird", "lighthouse", "meadow", "falcon", "juniper", "harbor", "cobalt", "sequoia",
         "marigold", "pinecone", "tundra", "saffron", "comet", "willow", "granite", "osprey")  # fmt: skip
FOLDERS = ("projects", "data", "shared", "archive", "office", "home")
ENDINGS = ("txt", "csv", "pdf", "md", "json")
CRONS = ("0 6 * * *", "30 2 * * 1", "*/15 * * * *", "0 0 1 * *", "45 18 * * 5")


def english_words() -> Sequence[str]:
    """Faker's English word list."""
    return tuple(_faker_module("faker.providers.lorem.en_US").Provider.word_list)


def faker_of(rng: Random) -> Any:
    """A Faker whose values the generator decides."""
    made = _faker_module("faker").Faker("en_US")
    made.seed_instance(rng.getrandbits(48))
    return made


def _faker_module(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise InputError("seeds need Faker, which is not installed: pip install 'sparring[seeds]'") from None


def _path(fake: Any, rng: Random) -> str:
    return f"/{rng.choice(FOLDERS)}/{rng.choice(NAMES)}"


def _file(fake: Any, rng: Random) -> str:
    return f"{rng.choice(NAMES)}-{rng.randint(2, 99)}.{rng.choice(ENDINGS)}"


def _identifier(fake: Any, rng: Random) -> str:
    return (
        f"{rng.choice('abcdefghkmnprstw')}{rng.choice('aeiou')}{rng.choice('bdfgklmnprst')}-{rng.randint(1000, 9999)}"
    )


def _clock(fake: Any, rng: Random) -> str:
    return f"{rng.randint(6, 22):02d}:{rng.choice((5, 10, 15, 20, 30, 40, 45, 50)):02d}"


def _day(fake: Any, rng: Random) -> str:
    return f"{rng.randint(2024, 2027)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"


def _moment(fake: Any, rng: Random) -> str:
    return f"{_day(fake, rng)}T{_clock(fake, rng)}:00Z"


def _one_of(*values: str) -> Maker:
    return lambda fake, rng: rng.choice(values)


MAKERS: dict[str, Maker] = {
    "timestamp datetime": _moment,
    "timezone zone": _one_of(*ZONES),
    "email mail recipient recipients cc bcc": lambda fake, rng: fake.email(),
    "date birthday day deadline departure due": _day,
    "time hour": _clock,
    "url uri link website webpage homepage": lambda fake, rng: f"https://{fake.domain_name()}/{rng.choice(NAMES)}",
    "domain hostname host": lambda fake, rng: fake.domain_name(),
    "ip": lambda fake, rng: fake.ipv4_public(),
    "uuid": lambda fake, rng: fake.uuid4(),
    "phone telephone mobile": lambda fake, rng: fake.numerify("+1 ### 555 0###").replace("+1 0", "+1 2"),
    "surname": lambda fake, rng: fake.last_name(),
    "firstname": lambda fake, rng: fake.first_name(),
    "username login": lambda fake, rng: f"{fake.first_name().lower()}{rng.randint(10, 99)}",
    "person customer employee patient guest passenger author assignee contact owner user client member": (
        lambda fake, rng: fake.name()
    ),
    "city town origin destination location place departure": _one_of(*CITIES),
    "country nation": _one_of(*COUNTRIES),
    "province region": _one_of("Ohio", "Texas", "Vermont", "Nevada", "Maine", "Oregon"),
    "street address": lambda fake, rng: fake.street_address(),
    "postcode postal zip": lambda fake, rng: fake.postcode(),
    "company organization employer vendor supplier": lambda fake, rng: fake.company().replace(",", ""),
    "job profession occupation": lambda fake, rng: fake.job().split(",")[0],
    "currency": _one_of(*CURRENCIES),
    "language": _one_of("German", "Spanish", "Japanese", "Polish", "Swahili"),
    "color colour": _one_of("red", "teal", "orange", "navy", "purple"),
    "sha commit checksum hash digest revision": lambda fake, rng: f"{rng.getrandbits(40):010x}",
    "filename file files attachment": _file,
    "path directory folder subdirectory filepath": _path,
    "branch": lambda fake, rng: f"{rng.choice(('feature', 'fix', 'release'))}/{rng.choice(NAMES)}",
    "repository repo": lambda fake, rng: rng.choice(NAMES),
    "version": lambda fake, rng: f"{rng.randint(1, 9)}.{rng.randint(0, 19)}.{rng.randint(0, 9)}",
    "cron": _one_of(*CRONS),
    "sql": lambda fake, rng: f"SELECT * FROM {rng.choice(LABELS)}_orders WHERE year = {rng.randint(2015, 2026)}",
    "id ids identifier token key number": _identifier,
    "message comment description summary body text content note notes feedback reason explanation instructions": (
        _one_of(*SENTENCES)
    ),
    "title subject headline topic query search question keyword keywords term": _one_of(*SUBJECTS),
    "tag tags label labels category categories group keyword": _one_of(*LABELS),
    "name names prefix project workspace team slug alias nickname pool queue": _one_of(*NAMES),
}  # fmt: skip
MAKER_OF: dict[str, Maker] = {word: maker for names, maker in MAKERS.items() for word in names.split()}
STATED: tuple[tuple[re.Pattern[str], Maker], ...] = (  # what a description says of the form, the surest first
    (re.compile(r"date[- ]?time|date and time|timestamp|YYYY-MM-DDT", re.I), _moment),
    (re.compile(r"YYYY-MM-DD|MM/DD/YYYY|DD[/.]MM[/.]YYYY|iso[ -]?8601 date|\bdate in\b", re.I), _day),
    (re.compile(r"\bHH:MM\b"), _clock),
    (re.compile(r"iso[ -]?8601", re.I), _moment),
    (re.compile(r"\bIANA\b|time ?zone name", re.I), _one_of(*ZONES)),
    (re.compile(r"currency code|code of (?:the|a) (?:\w+ )?currency|iso[ -]?4217", re.I), _one_of(*CURRENCIES)),
    (re.compile(r"(?:two|2)-letter (?:iso )?country|country code|iso[ -]?3166", re.I),
     _one_of("NO", "PT", "KE", "JP", "CA", "DE", "PE", "PL")),
    (re.compile(r"language code|iso[ -]?639|BCP[ -]?47", re.I), _one_of("de", "es", "ja", "pl", "sw", "fr")),
    (re.compile(r"e-?mail address", re.I), lambda fake, rng: fake.email()),
    (re.compile(r"\bUUID\b"), lambda fake, rng: fake.uuid4()),
    (re.compile(r"\bcron\b(?! ?job)", re.I), _one_of(*CRONS)),
    (re.compile(r"\bURL\b", re.I), lambda fake, rng: f"https://{fake.domain_name()}/{rng.choice(NAMES)}"),
)  # fmt: skip
OF_NAME = frozenset("person customer employee patient guest passenger author contact owner member client".split())


def maker_for(words: Sequence[str]) -> Maker | None:
    """How to make values for a field of this name, by its last word that says one; None where none does."""
    if not words:
        return None
    pair = {("first", "name"): "firstname", ("given", "name"): "firstname", ("last", "name"): "surname",
            ("family", "name"): "surname", ("user", "name"): "username", ("file", "name"): "filename",
            ("host", "name"): "hostname", ("domain", "name"): "domain", ("city", "name"): "city",
            ("company", "name"): "company", ("branch", "name"): "branch", ("time", "zone"): "timezone"}  # fmt: skip
    if len(words) > 1 and (special := pair.get((words[-2], words[-1]))) is not None:
        return MAKER_OF[special]
    if words[-1] in {"name", "names"} and len(words) > 1 and words[-2] in OF_NAME:
        return MAKER_OF["person"]
    return MAKER_OF.get(words[-1]) or next((MAKER_OF[word] for word in reversed(words) if word in MAKER_OF), None)


def stated_form(description: str) -> Maker | None:
    """How to make values of the form that a description's first sentence asks for; None where it asks for none."""
    first = description.split(". ", maxsplit=1)[0]
    return next((maker for pattern, maker in STATED if pattern.search(first)), None)


def plain_name(fake: Any, rng: Random) -> str:
    """A made-up name: what a text that nobody knows more about may hold."""
    return rng.choice(NAMES)
