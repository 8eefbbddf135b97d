"""Runs that no process plays: a machine died, and Prefect's database still calls them running.

When the servers start, nothing can be running that these servers know: such runs are crashed, and they say so.
Otherwise each would hold its deployment's one slot for ever, and no scheduled run would start again.
"""

import httpx

from sparring.terminal import say

OPEN_STATES = ("RUNNING", "PENDING", "CANCELLING")
MESSAGE = "no process plays this run: the servers were started anew"


def bury_zombies(api: str, key: tuple[str, str]) -> list[str]:
    """Marks every open flow run of a server that has just started as crashed; returns their names.

    Args:
        api: The server's address.
        key: Its user and password.
    """
    asked = {"flow_runs": {"state": {"type": {"any_": list(OPEN_STATES)}}}}
    with httpx.Client(base_url=f"{api}/", auth=key, timeout=30.0) as client:
        found = client.post("flow_runs/filter", json=asked).raise_for_status().json()
        for run in found:
            state = {"state": {"type": "CRASHED", "name": "Crashed", "message": MESSAGE}, "force": True}
            client.post(f"flow_runs/{run['id']}/set_state", json=state).raise_for_status()
            say(f"{run['name']}: {MESSAGE}")
    return [run["name"] for run in found]
