"""The steps of an audit (sparring/project/audit_steps.py) as Prefect's tasks, with the seconds that each took."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.project import audit_steps
from tasks.clock import timed

ask_seeds = task(name="untouched seeds", cache_policy=NO_CACHE)(timed(audit_steps.ask_seeds))
write_audit_attacks = task(name="attacks", cache_policy=NO_CACHE)(timed(audit_steps.write_audit_attacks))
ask_attacks = task(name="answers", cache_policy=NO_CACHE)(timed(audit_steps.ask_attacks))
close_audit = task(name="closing the audit", cache_policy=NO_CACHE)(audit_steps.close_audit)
