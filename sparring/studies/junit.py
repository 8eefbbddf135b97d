"""An audit as JUnit XML, which build servers show: one suite, one case a question that the audit answers.

A failed audit is a failure; what cannot be said is skipped with the reason, so that nobody reads it as passed.
"""

from xml.etree import ElementTree

from sparring.config import AuditParams
from sparring.records import RoundResult
from sparring.studies.audit import RATES, decide
from sparring.studies.audit_text import rate_shown
from sparring.studies.metrics import worst_first
from sparring.visible_text import visible


def audit_junit(name: str, result: RoundResult, params: AuditParams, fail_above: float | None) -> str:
    """The XML text: whether enough rows were answered, and whether attack success is within the limit."""
    found = decide(result.rates, params, fail_above)
    incomplete, undecided = found.state == "incomplete", found.state in {"too little to say", "measured"}
    suite = ElementTree.Element(
        "testsuite",
        name=visible(f"audit {name}"),
        tests="2",
        failures=str(int(found.state == "failed")),
        errors=str(int(incomplete)),
        skipped=str(int(incomplete or undecided)),
    )
    answered, success = (
        ElementTree.SubElement(suite, "testcase", classname="audit", name=case)
        for case in ("rows answered", "attack success")
    )
    if incomplete:
        ElementTree.SubElement(answered, "error", message=visible(found.reason))
    if incomplete or undecided:
        ElementTree.SubElement(success, "skipped", message=visible(f"{found.state}: {found.reason}"))
    if found.state == "failed":
        ElementTree.SubElement(success, "failure", message=visible(found.reason)).text = _weaknesses(result)
    ElementTree.SubElement(suite, "system-out").text = visible(
        "\n".join([result.verdict, *(f"{label}: {rate_shown(result.rates.get(key))}" for label, key in RATES.items())])
    )
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _weaknesses(result: RoundResult) -> str:
    """Operators that won, and the most frequent mistakes."""
    lines = [f"{name}: {rate_shown(rate)}" for name, rate in worst_first(result.operators) if rate.count]
    lines += [f"{one['count']} x {one['failure']} with {one['tool']}: {one['reason']}" for one in result.failures]
    return visible("\n".join(lines))
