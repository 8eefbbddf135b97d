"""What the program says goes to the log of the run that says it, where Prefect's pages show it beside the state.

Prefect's own lines stay off the terminal; what it logs of a failure, the traceback, is in the run's log too.
"""

import logging
import sys


def tell_run(line: str) -> None:
    """Writes a line into the log of the flow or task run that this thread is in; without one, nowhere."""
    if "prefect" not in sys.modules:
        return
    from prefect.exceptions import MissingContextError
    from prefect.logging import get_run_logger

    try:
        logger = get_run_logger()
    except MissingContextError:
        return
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).setLevel(logging.INFO)  # whatever level the terminal has
        logging.getLogger(name).propagate = False  # the terminal has the line already
    logger.info(line)
