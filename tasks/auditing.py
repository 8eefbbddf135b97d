"""The steps of an audit (sparring/project/audit_steps.py) as Prefect's tasks, with the seconds that each took."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.project import audit_steps
from sparring.project.audits import Audit
from tasks.clock import timed

ask_seeds = task(name="untouched seeds", cache_policy=NO_CACHE)(timed(audit_steps.ask_seeds))
write_audit_attacks = task(name="attacks", cache_policy=NO_CACHE)(timed(audit_steps.write_audit_attacks))
ask_attacks = task(name="answers", cache_policy=NO_CACHE)(timed(audit_steps.ask_attacks))
close_audit = task(name="closing the audit", cache_policy=NO_CACHE)(audit_steps.close_audit)


@task(name="RL update", cache_policy=NO_CACHE)
@timed
def learn_to_attack(audit: Audit) -> None:
    """The attacker learns against the audited target."""
    from sparring.project.audit_learning import learn  # needs torch, which who asks by rules does without

    learn(audit)
