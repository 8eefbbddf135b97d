"""Words that the seeds are written with: verbs of requests, short forms written out, and which words are ordinary.

A word is ordinary where a person would say it: it stands in the prose of the tools' own descriptions, in the lists
here, or in Faker's English word list. Everything else in a name (`qsx`, `kw2`) is nobody's word and is never said.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sparring.gates.words import FUNCTION_WORDS, REQUEST_VERBS, stem

SHORT_FORMS = {
    "addr": "address", "admin": "administrator", "app": "application", "arg": "argument", "args": "arguments", "asc":
    "ascending", "attr": "attribute", "attrs": "attributes", "auth": "authentication", "avg": "average", "cm": "centimetres", "kg": "kilograms", "km": "kilometres", "mm": "millimetres", "ms": "milliseconds", "config":
    "configuration", "cfg": "configuration", "conn": "connection", "ctx": "context", "cur": "current", "curr": "current",
    "cwd": "working directory", "db": "database", "del": "delete", "desc": "description", "dest": "destination", "dir":
    "directory", "dirs": "directories", "doc": "document", "docs": "documents", "dst": "destination", "dt": "date",
    "elem": "element", "env": "environment", "exp": "experiment", "expr": "expression", "ext": "extension", "fmt":
    "format", "freq": "frequency", "fn": "function", "func": "function", "idx": "index", "img": "image", "info":
    "information", "lang": "language", "lat": "latitude", "len": "length", "lng": "longitude", "loc": "location", "lon":
    "longitude", "max": "maximum", "min": "minimum", "misc": "miscellaneous", "msg": "message", "nb": "number", "num":
    "number of", "obj": "object", "org": "organization", "orgs": "organizations", "param": "parameter", "params":
    "parameters", "pct": "percentage", "perm": "permission", "perms": "permissions", "pkg": "package", "pos":
    "position", "pred": "prediction", "prev": "previous", "prio": "priority", "prop": "property", "props": "properties",
    "proj": "project", "qty": "quantity", "ref": "reference", "regex": "regular expression", "repo": "repository",
    "repos": "repositories", "req": "request", "res": "result", "resp": "response", "secs": "seconds", "sec": "seconds",
    "seq": "sequence", "spec": "specification", "src": "source", "stat": "status", "str": "text", "subdir":
    "subdirectory", "sz": "size", "tel": "telephone", "temp": "temperature", "tmp": "temporary", "ts": "timestamp",
    "txt": "text", "tz": "timezone", "usr": "user", "util": "utility", "val": "value", "vals": "values", "var":
    "variable", "vars": "variables", "ver": "version", "wd": "working directory", "ws": "workspace",
}  # fmt: skip
CAPITALS = {
    "api": "API", "cpu": "CPU", "csrf": "CSRF", "css": "CSS", "csv": "CSV", "dns": "DNS", "gpu": "GPU", "html": "HTML",
    "http": "HTTP", "https": "HTTPS", "id": "ID", "ids": "IDs", "ip": "IP", "json": "JSON", "pdf": "PDF", "sha": "SHA",
    "sql": "SQL", "ssh": "SSH", "ssl": "SSL", "svg": "SVG", "ttl": "TTL", "ui": "UI", "uri": "URI", "url": "URL", "urls":
    "URLs", "uuid": "UUID", "vat": "VAT", "xml": "XML", "yaml": "YAML", "zip": "ZIP", "iban": "IBAN", "isbn": "ISBN",
}  # fmt: skip
ORDINARY = frozenset(
    """electric express mileage urgent premium advanced basic simple complete partial exact approximate average absolute
    relative initial final primary secondary local global regional national daily weekly yearly verbose quiet silent strict
    loose safe secure fast slow heavy light thick thin deep shallow wide narrow narrower hot cold warm wet fresh frozen organic
    vegan vegetarian gluten spicy sweet salty metric imperial decimal binary manual automatic scheduled recurring pending
    cancelled completed shipped returned damaged lost available unavailable occupied vacant furnished pets smoking balcony
    parking garage garden kitchen bathroom bedroom floor ceiling wall window door key lock alarm camera light lamp fan heater
    thermostat humidity pressure altitude slope elevation depth speed acceleration torque power energy voltage current charge
    battery fuel petrol diesel tyre tire wheel brake gear chain pedal saddle frame rider driver pilot crew doctor nurse lawyer
    teacher student pupil parent child baby adult senior junior invoice receipt voucher coupon loan mortgage deposit balance
    account outdoor indoor occupancy entrypoint raw polled countable template action active address age airport alert alias amount archived area array article artifact asset attempt
    attribute author automation balance bar base batch bed bill birthday block board body book booking border box branch
    brand bucket budget building bus button calendar campaign capacity car card cart case category cell center certificate
    change channel chapter character chat check checksum child children city class client cloud cluster code collection
    color colour column command comment commit company component concurrency condition configuration connection contact
    container content context copy cost country course coupon credit criteria cron currency current cursor customer cycle
    dashboard data database dataset date day days deadline delay delivery department departure dependency deployment depth
    description destination detail details device digest dimension directory disabled discount distance district document
    domain draft dry due duration edge edges element email employee enabled end endpoint entity entry environment epoch
    equipment error event events example exclude expense experiment expires expiry explanation expression extension factor
    family fare feature fee feed field fields file filename files filter flag flags flight flow folder food force format
    frequency friend full gender genre goal grade graph group groups guest guests hash header headers height hidden history
    host hotel hour hours icon identifier image inclusive income index ingredient input instance interest interval invoice
    issue item items job journey key keyword keywords kind label labels language last latitude layer lead length level
    library license limit line lines link list local location lock log login longitude mail maintenance manager map mark
    market match maximum meal meeting member memory menu merge message metadata meter method metric metrics middle mileage
    minimum minute minutes mode model module month monthly months movie name names nature network nickname nights node nodes
    note notes notification number object observation occupation offset operation operator option options order organization
    origin output overwrite owner package page pages parameter parent part participants partition party passenger password
    patch path patient pattern payload payment people percent percentage period permission person phone photo picture place
    plan plate platform playlist point policy pool population port position post postal prefix price priority private
    process product profile program project property protocol provider province public purpose quality quantity query
    question queue quota radius range rank rate ratio reason receipt recipe recipient recipients record recursive reference
    refund region registry relation release remote repository request resolution resource response restaurant result results
    retries retry revision role room rooms root route row rows rule rules run runs salary sale sample scale schedule schema
    scope score search season seat second seconds secret section sector seed sender sensor series server service session
    setting settings severity shape sheet shift shipping shop side signature size sku slot slug snapshot song sort source
    space speed spot stage staged start state statement station status step steps stock stop storage store stream street
    string strategy style subject subscription suffix summary supplier surname system table tag tags target task tax team
    telephone temperature template tenant term test text theme thread threshold ticket time timeout timestamp timezone title
    token top topic total town track trail train transaction transfer transport trigger trip type unit units update upload
    user username users value values variable vehicle vendor version vertical view visibility visible volume wait warehouse
    weather weekday weight width window word words worker workflow workspace year years zone""".split()
)
REQUESTS = REQUEST_VERBS | frozenset(
    """abort accept access acknowledge activate adjust advance aggregate allow analyse append apply approve archive arrange
    assert assess assign associate attach authenticate authorize await backfill ban bind block broadcast browse bulk calculate
    capture cast change chart choose claim classify clean clear click clone collect combine commit compile complete compress
    configure confirm connect consume continue copy count crawl deactivate debug declare decline decode decrement decrypt
    define delay deploy describe detach detect diff disable discard disconnect discover dispatch divide download drain drop
    duplicate edit emit enable encode encrypt end enroll ensure enter enumerate erase evaluate examine exchange execute expand
    expire export expose extend extract fill finalize finish flag flush follow force forecast fork format forward gather grant
    group guess hide highlight identify import include increment index initialize inject insert inspect install instantiate
    invalidate invite invoke issue join keep kill label launch leave link load lock log lookup mark match measure merge migrate
    modify monitor mount move multiply mute navigate normalize open optimize override parse patch pause pay peek perform ping
    pin populate preview probe process promote propose publish purge push put query queue quit read rebase reboot rebuild
    recall receive reclaim record recover redeem redirect refresh refund register reject release reload remember rename render
    renew reopen reorder repair repeat replace replay replicate report require reschedule reset resize resolve restart restore
    resume retry reverse revert review revoke rotate route sample scale scan scrape select serialize serve set sign simulate
    skip snapshot split stage start stash stop store stream submit subscribe subtract suggest sum summarize suspend swap switch
    synchronize sync tag take terminate test toggle tokenize touch trace train transcribe transform translate transition
    traverse trigger trim truncate try type unarchive unassign undelete undo uninstall unlink unlock unpublish unregister
    unstage unsubscribe untag unwrap update upgrade upload upsert use validate vary verify view visit wait wake walk warn watch
    withdraw wrap yield zip""".split()
)
DEEDS = {
    "read": "get read fetch retrieve show list find search query lookup look view return display obtain tell give browse "
    "describe see check paginate enumerate",
    "make": "create add insert make new register build generate open post",
    "remove": "delete remove erase drop purge discard clear",
    "change": "update set change modify edit patch replace rename adjust put upsert",
    "count": "count",
}
DEED_OF = {verb: deed for deed, verbs in DEEDS.items() for verb in verbs.split()}
MIN_STEMMED = 5  # letters: shorter words are too alike by their stems
DETERMINERS = frozenset("a an the all its this your any each every current new one some both multiple several".split())
CODE = re.compile(r"`[^`]*`|\b\w*_\w*\b|\b[a-z]+[A-Z]\w*|<[^>]*>|https?://\S+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def name_parts(name: str) -> list[str]:
    """The words of a name in small letters: of `startDate`, `start_date` and `start-date`."""
    return [part.lower() for part in _PART.findall(name)]


class Ordinary:
    """Words that a person says: of the tools' descriptions outside of code, of a word list, and the usual ones here.

    Args:
        tools: Whose descriptions are read.
        english: A word list.
    """

    def __init__(self, tools: Iterable[Mapping[str, Any]], english: Iterable[str]) -> None:
        said = {word for tool in tools for text in _descriptions(tool) for word in _prose(text)}
        self._words = ORDINARY | REQUESTS | FUNCTION_WORDS | said | {word.lower() for word in english}
        self._stems = {stem(word) for word in self._words if len(word) >= MIN_STEMMED}

    def __contains__(self, word: str) -> bool:
        """Whether a word in small letters, or another form of it, is one."""
        return word in self._words or (len(word) >= MIN_STEMMED and stem(word) in self._stems)


def verb_of(word: str, following: str) -> str | None:
    """The verb of a sentence's first word: of "get", "gets", "getting"; of an unknown one where an object follows."""
    if word in REQUESTS:
        return word
    for ending, put in (("ies", "y"), ("es", ""), ("es", "e"), ("s", "")):
        if word.endswith(ending) and (base := word.removesuffix(ending) + put) in REQUESTS:
            return base
    if word.endswith("ing"):
        base = word.removesuffix("ing")
        options = [base, base + "e", *([base[:-1]] if base[-1:] == base[-2:-1] else [])]
        return next((one for one in options if one in REQUESTS), None)
    if word.endswith("s") and not word.endswith("ss") and following in DETERMINERS and len(word) > 3:
        return word[:-1]
    return None


def _descriptions(found: Any) -> Iterable[str]:
    if isinstance(found, dict):
        for key, value in found.items():
            if key == "description" and isinstance(value, str):
                yield value
            else:
                yield from _descriptions(value)
    elif isinstance(found, list):
        for value in found:
            yield from _descriptions(value)


def _prose(text: str) -> Iterable[str]:
    return (
        word.lower() for word in re.findall(r"[^\W\d_]{3,}", CODE.sub(" ", text)) if set(word.lower()) & set("aeiouy")
    )
