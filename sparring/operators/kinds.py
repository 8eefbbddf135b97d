"""Names that stand for one another: a city for a city. What belongs to no kind has no other of its kind."""

KINDS: dict[str, tuple[str, ...]] = {
    "city": (
        "Paris", "London", "New York", "New York City", "Chicago", "Boston", "Seattle", "Los Angeles", "San Francisco", "San Diego",
        "Miami", "Dallas", "Houston", "Denver", "Atlanta", "Philadelphia", "Las Vegas", "Austin", "Portland", "Tokyo", "Berlin", "Rome",
        "Madrid", "Sydney", "Melbourne", "Toronto", "Vancouver", "Mumbai", "Beijing", "Shanghai", "Moscow", "Dubai", "Singapore", "Amsterdam",
        "Vienna", "Prague", "Lisbon", "Dublin", "Cairo", "Nairobi", "Seoul", "Bangkok", "Barcelona", "Munich", "Washington D.C.", "Phoenix",
    ),
    "country": (
        "France", "Germany", "Italy", "Spain", "Japan", "China", "India", "Brazil", "Canada", "Australia", "Mexico", "Egypt", "Russia",
        "United States", "United Kingdom", "Sweden", "Norway", "Greece", "Turkey", "Argentina", "Kenya", "South Africa", "England",
    ),
    "state": (
        "California", "Texas", "Florida", "Illinois", "Ohio", "Nevada", "Oregon", "Arizona", "Colorado", "Michigan", "Virginia", "Georgia",
        "Massachusetts", "Pennsylvania", "Alaska", "Montana",
    ),
    "company": (
        "Apple", "Google", "Microsoft", "Amazon", "Tesla", "Facebook", "Netflix", "Intel", "IBM", "Samsung", "Sony", "Walmart", "Nike",
        "Apple Inc.", "Google Inc.", "Amazon Inc.", "Tesla Inc.", "Microsoft Corporation",
    ),
    "first name": ("John", "Alice", "Mike", "Sarah", "Emma", "David", "Peter", "Laura", "Tom", "Anna", "Bob", "Jane"),
    "sport": ("tennis", "football", "basketball", "soccer", "baseball", "hockey", "cricket", "golf", "volleyball", "rugby"),
    "instrument": ("piano", "violin", "guitar", "flute", "cello", "trumpet", "saxophone", "drums", "harp", "clarinet"),
    "genre": ("jazz", "rock", "pop", "blues", "country music", "classical", "hip hop", "reggae", "techno", "folk"),
    "cuisine": ("Italian", "Chinese", "Mexican", "Indian", "French", "Thai", "Japanese", "Greek", "Vietnamese", "Korean"),
    "colour": ("red", "blue", "green", "yellow", "black", "white", "orange", "purple", "pink", "brown"),
    "animal": ("dog", "cat", "horse", "lion", "tiger", "elephant", "rabbit", "wolf", "bear", "dolphin"),
    "weekday": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "month": (
        "January", "February", "March", "April", "June", "July", "August", "September", "October", "November", "December",
    ),
    "diet": ("vegan", "vegetarian", "gluten-free", "keto"),
    "rhythm": ("daily", "weekly", "monthly", "quarterly", "yearly", "annually"),
    "dish": ("pizza", "lasagna", "burger", "spaghetti", "sushi", "chicken curry", "pancakes", "ramen", "chocolate cake", "apple pie"),
    "planet": ("Mercury", "Venus", "Earth", "Mars", "Jupiter", "Saturn", "Neptune", "Uranus"),
    "team": (
        "Los Angeles Lakers", "Golden State Warriors", "Chicago Bulls", "Boston Celtics", "Miami Heat", "Manchester United",
        "Real Madrid", "Liverpool", "Chelsea", "Arsenal", "Manchester City", "Bayern Munich",
    ),
    "currency": ("USD", "EUR", "GBP", "JPY", "CAD", "AUD", "CHF"),
    "currency name": ("US dollars", "euros", "British pounds", "Japanese yen", "Canadian dollars", "Swiss francs"),
    "language": ("English", "Spanish", "German", "Portuguese", "Arabic", "Dutch", "Swedish"),
    "key": ("C", "D", "E", "F", "G", "A", "B"),
    "element": ("hydrogen", "oxygen", "carbon", "nitrogen", "helium", "iron", "gold", "silver", "copper", "sodium"),
}  # fmt: skip
SAME = ({"New York", "New York City"},)  # two names of one thing do not stand for one another


def others_of_its_kind(name: str) -> tuple[str, ...]:
    """Names of the same kind, in the case of this one where it is written small; none where no kind knows it."""
    for members in KINDS.values():
        if (known := next((member for member in members if member.lower() == name.lower()), None)) is not None:
            same = next((names for names in SAME if known in names), {known})
            others = (member for member in members if member not in same)
            return tuple(other.lower() if name.islower() else other for other in others)
    return ()
