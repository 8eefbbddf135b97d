"""Training as a round's steps start it: here, or in several processes as the recipe's section `training` says."""

from pathlib import Path

from sparring.progress import OnLog
from sparring.training.launching import Job, Launch, launch
from tasks.rounds import Round


def train(played: Round, job: Job, work: Path, on_log: OnLog) -> None:
    """Runs a training of the library.

    Raises:
        InputError: The batch cannot be shared out among so many processes.
    """
    wanted = played.project.params.training
    if wanted.processes == 1 and wanted.launch_config is None:
        job.run(work, on_log)
        return
    config = None if wanted.launch_config is None else played.project.root / wanted.launch_config
    launch(
        job, work, on_log, Launch(wanted.processes, config, played.project.params.threads, played.project.params.seed)
    )
