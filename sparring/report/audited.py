"""An audit in the report: one model, attacked once. Nothing was trained, nobody was before it, and nothing is held out.

The page's first part says whether it passed, its three figures, and where it breaks most surely.
"""

from sparring.records import RoundResult
from sparring.report.rounds import Rows
from sparring.report.summary import FEW_ATTACKS, breadth_sentences, kind_sentences, kind_words, rate_words
from sparring.studies.audit import schema_rates
from sparring.studies.metrics import worst_first
from sparring.visible_text import shorten

NUM_WORST = 5
# What an audit's rows are called: none of them was held out of a training.
ROW_WORDS: dict[Rows, str] = {"held out": "attack", "untouched": "untouched", "tools changed": "tools changed"}


def audit_summary(result: RoundResult) -> list[str]:
    """Sentences: the decision, attacks, ordinary requests, changed tools, the surest weaknesses, what to doubt."""
    rates, decision = result.rates, shorten(result.verdict, 600)
    sentences = [
        f"{decision[:1].upper()}{decision[1:]}.",
        f"Attacks that it answers wrongly: {rate_words(rates.get('heldout_success'))}; requests that at least one of "
        f"them broke: {rate_words(rates.get('heldout_seeds_broken'))}.",
        *kind_sentences(result),
        *breadth_sentences(result),
        f"Ordinary requests that need a call, answered rightly: {rate_words(rates.get('clean_accuracy'))}.",
        f"Requests that need no call, answered without one: {rate_words(rates.get('no_call_accuracy'))}.",
        "Requests left as they are but with the tools renamed, shuffled or beside others, answered wrongly: "
        f"{rate_words(rates.get('schema_success'))}.",
        *_worst(result),
        *_unanswered(result),
    ]
    success = rates.get("heldout_success")
    if success is not None and success.total < FEW_ATTACKS:
        sentences.append(
            f"Caution: {success.total} attacks were answered. With fewer than {FEW_ATTACKS}, only large shares can be "
            "told from small ones."
        )
    return sentences


def _unanswered(result: RoundResult) -> list[str]:
    """Rows that stand in no share, with the reasons; the most frequent ones where there are many."""
    if not result.unanswered:
        return []
    named = [f"{count} x {shorten(reason, 120)}" for reason, count in list(result.unanswered.items())[:NUM_WORST]]
    return [f"Without an answer, in no share: {rate_words(result.rates.get('unanswered'))}: {'; '.join(named)}."]


def _worst(result: RoundResult) -> list[str]:
    """The ways to rewrite, the changes of tools and the mistakes that stand out."""
    found = []
    for words, rates in (
        ("Ways to rewrite that break it most surely", worst_first(result.operators)),
        ("Changes of the tools that do", schema_rates(result)),
    ):
        won = [f"{shorten(name, 40)} {rate_words(rate)}" for name, rate in rates if rate.count]
        if won:
            found.append(f"{words}: {'; '.join(won[:NUM_WORST])}.")
    if result.failures:
        named = [
            f"{one['count']} x {kind_words(one['failure'])} with {shorten(one['tool'], 60)}" for one in result.failures
        ]
        found.append(f"Most frequent mistakes under attack: {'; '.join(named)}.")
    return found
