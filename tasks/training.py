"""Training as a round's steps start it: here, or in several processes as the recipe's section `training` says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sparring.launching import Launch, launch
from tasks.game import Game
from tasks.tracking import LogMetrics


def train(game: Game, trainer: Callable[..., None], work: Path, on_log: LogMetrics, **arguments: Any) -> None:
    """Runs a trainer of the library with its arguments.

    Raises:
        InputError: The batch cannot be shared out among so many processes.
    """
    wanted = game.params.training
    if wanted.processes == 1 and wanted.launch_config is None:
        trainer(work=work, on_log=on_log, **arguments)
        return
    config = None if wanted.launch_config is None else game.root / wanted.launch_config
    how = Launch(wanted.processes, config, game.params.threads, game.params.seed)
    launch(trainer, arguments, work, on_log, how)
