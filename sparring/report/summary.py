"""The report in words, for somebody who decides and does not read tables.

Every sentence names its counts and its interval; a difference that chance could make is called so. What was not
measured is said to be not measured.
"""

from collections.abc import Sequence

from sparring.records import Comparison, Kind, Rate, RoundResult
from sparring.report.atlas import Changes, Cluster
from sparring.report.crossing import FRESH, crossing_words
from sparring.report.rounds import PlayedRound
from sparring.report.text import share
from sparring.studies.cross_play import CrossPlay
from sparring.studies.dials import dial_words
from sparring.studies.promotion import ALPHA
from sparring.tables import not_scored_text
from sparring.visible_text import shorten

KINDS = {
    "unparseable": "the answer cannot be read as a call",
    "no_call": "nothing is called although a call is needed",
    "wrong_count": "too many or too few calls are made",
    "wrong_function": "the wrong function is called",
    "missing_argument": "an argument is left out",
    "unexpected_argument": "an argument is given that the function does not have",
    "wrong_type": "an argument has the wrong type",
    "wrong_value": "an argument has a wrong value",
    "unwanted_call": "something is called although nothing fits",
}
STATUSES = {
    "still open": "the last model fails here, and so did a model before it",
    "newly broken": "the last model fails here, earlier ones were attacked here and did not",
    "first seen": "the last model fails here, no earlier one was attacked here",
    "fixed": "the last model was attacked here and never failed, and the attacks are enough to tell",
    "not seen again": "the last model was attacked here and did not fail, but the attacks are too few to tell",
    "not attacked again": "not measured: the last model was not attacked here",
}
NEEDS: dict[Kind, str] = {"call": "need a call", "no_call": "need none"}
FEW_ATTACKS = 100
NUM_WORST = 3
_BECAME = ("fixed", "still_open", "newly_broken")
_NOTHING = Rate(count=0, total=0, value=None, low=None, high=None)


def summary(
    rounds: Sequence[PlayedRound],
    changes: Sequence[Changes],
    clusters: Sequence[Cluster],
    targets: Sequence[str],
    crossed: CrossPlay | None,
) -> list[str]:
    """Sentences on the last round: the decision, attacks, ordinary requests, the worst weaknesses, what to doubt.

    Args:
        rounds: All finished rounds.
        changes: Held-out attacks before and after, of all rounds.
        clusters: The atlas by kind and category.
        targets: Names of the targets whose standings the clusters hold.
        crossed: Cross-play; its fresh attackers have a sentence.
    """
    last = rounds[-1].result
    sentences = [_decision(last), *_dial(last), _attacks(last), *kind_sentences(last), *breadth_sentences(last)]
    lost = [one for one in changes if one.round == last.round]
    if lost:
        fixed, still_open, broken = (sum(getattr(one, name) for one in lost) for name in _BECAME)
        sentences.append(
            f"Of the same held-out attacks, {fixed} that beat the model before are now answered rightly, "
            f"{still_open} still win, and {broken} win only since the training."
        )
    if _rate(last, "schema_success").total:
        sentences.append(_tool_attacks(last))
    sentences.append(_accuracy(last, "clean", "clean_accuracy", "Ordinary requests that need a call"))
    sentences.append(_accuracy(last, "no_call", "no_call_accuracy", "Requests that need no call"))
    sentences += _worst(clusters, targets)
    sentences += [sentence for sentence in crossing_words(crossed) if sentence.startswith(f"The {FRESH}")]
    if (total := _rate(last, "heldout_success").total) < FEW_ATTACKS:
        sentences.append(
            f"Caution: the last model answered {total} held-out attacks. With fewer than {FEW_ATTACKS}, only large "
            "differences can be told from chance."
        )
    return sentences


def rate_words(rate: Rate | None) -> str:
    """A share in words, e.g. "2 of 13 (15.4 %, 95 % interval 4.3 % to 42.2 %)"."""
    if rate is None or rate.value is None:
        return "not measured" + ("" if rate is None else not_scored_text(rate))
    low, high = share(rate.low), share(rate.high)
    return f"{rate.count} of {rate.total} ({share(rate.value)}, 95 % interval {low} to {high}{not_scored_text(rate)})"


def kind_sentences(result: RoundResult) -> list[str]:
    """Held-out attack success apart: where a call is needed, and where none is; nothing where only one was attacked."""
    shares = {words: _rate(result, f"heldout_success/{kind}") for kind, words in NEEDS.items()}
    if not all(share.total for share in shares.values()):
        return []
    before = {words: _rate(result, f"heldout_success_before/{kind}") for kind, words in NEEDS.items()}
    said = [
        f"of attacks on requests that {words} {rate_words(share)}"
        + (f", the model before {rate_words(before[words])}" if before[words].total else "")
        for words, share in shares.items()
    ]
    return [f"Apart, answered wrongly: {'; '.join(said)}."]


def breadth_sentences(result: RoundResult) -> list[str]:
    """In how many ways attacks won, on training seeds where a round has such, else on the others."""
    found = result.breadth.get("effective_strategies", result.breadth.get("heldout_effective_strategies"))
    if found is None or found.effective is None:
        return []
    return [
        f"Attacks that won: {found.won}; different programs among them: {found.programs}; as varied as "
        f"{found.effective:.1f} programs that win equally often. What most of them used is "
        f"{shorten(found.leading or '', 40)}, {found.led} did."
    ]


def kind_words(kind: str) -> str:
    """A kind of wrong answer in words."""
    return KINDS.get(kind, kind.replace("_", " "))


def _rate(result: RoundResult, name: str) -> Rate:
    return result.rates.get(name, _NOTHING)


def _decision(last: RoundResult) -> str:
    name, verdict = shorten(last.round, 40), shorten(last.verdict, 400)
    if last.promoted is None:
        return f"{name} is a baseline: there is no model before it to compare with."
    if last.promoted:
        return f"The model of {name} passed the promotion gate and replaces the one before ({verdict})."
    kept = shorten(last.champion, 40)
    if last.outcome == "worse":
        return f"The model of {name} is shown to be worse; keep that of {kept} ({verdict})."
    if last.outcome == "not_shown":
        return f"That the model of {name} is better and no worse was not shown; keep that of {kept} ({verdict})."
    return f"The model of {name} did not pass the promotion gate; keep that of {kept} ({verdict})."


def _dial(last: RoundResult) -> list[str]:
    return [] if last.dial is None else [f"After its training, {dial_words(last.dial)}."]


def _attacks(last: RoundResult) -> str:
    sentence = f"Held-out attacks that it answers wrongly: {rate_words(_rate(last, 'heldout_success'))}"
    before = _rate(last, "heldout_success_before")
    if before.value is None:
        return f"{sentence}."
    return f"{sentence}; the model before, on the same attacks: {rate_words(before)}{_chance(last, 'heldout')}."


def _tool_attacks(last: RoundResult) -> str:
    found, before = _rate(last, "schema_success"), _rate(last, "schema_success_before")
    earlier = f"; the model before: {rate_words(before)}" if before.total else ""
    return (
        f"Requests left as they are but with the tools renamed, shuffled or beside others, answered wrongly: "
        f"{rate_words(found)}{earlier}. The training set has such changes of other requests, never of these."
    )


def _accuracy(last: RoundResult, comparison: str, name: str, words: str) -> str:
    sentence = f"{words}, answered rightly: {rate_words(_rate(last, name))}"
    before = _rate(last, f"{name}_before")
    if before.value is None:
        return f"{sentence}."
    return f"{sentence}; the model before: {rate_words(before)}{_chance(last, comparison)}."


def _chance(last: RoundResult, name: str) -> str:
    found: Comparison | None = last.comparisons.get(name)
    if found is None:
        return ""
    if found.p_value > ALPHA:
        return f". The difference may be chance (p = {found.p_value:.2f})"
    better = "better" if found.difference > 0 else "worse"
    return f". That is {better} than chance explains (p = {found.p_value:.3f})"


def _worst(clusters: Sequence[Cluster], targets: Sequence[str]) -> list[str]:
    """Where the last model failed most, and where the one did that met the most attacks, if that is another."""
    if not clusters:
        return ["No valid attack won, under any model: no weakness was found."]
    last = len(targets) - 1
    met = [
        sum({cluster.values[1]: cluster.standings[at].attacks.total for cluster in clusters}.values())
        for at in range(last + 1)
    ]
    most = max(range(last + 1), key=lambda at: (met[at], at))
    sentences = [_worst_of(clusters, last, f"Where the last model fails most, over {met[last]} attacks")]
    if most != last:
        name = shorten(targets[most], 40)
        opening = f"The model of {name} met more attacks ({met[most]}) and shows more; it failed most"
        sentences.append(_worst_of(clusters, most, opening))
    return sentences


def _worst_of(clusters: Sequence[Cluster], at: int, opening: str) -> str:
    failed = [cluster for cluster in clusters if cluster.standings[at].attacks.count]
    worst = sorted(failed, key=lambda cluster: -cluster.standings[at].attacks.count)[:NUM_WORST]
    named = [
        f"{kind_words(cluster.values[0])} (category {shorten(cluster.values[1], 40)}), "
        f"{cluster.standings[at].attacks.count} of {cluster.standings[at].attacks.total} attacks"
        for cluster in worst
    ]
    return f"{opening}: {'; '.join(named) or 'nowhere, no attack won'}."
