"""What may go wrong that nobody programs away, by what a person does about it; docs/errors.md says who raises which.

Each is one line at the end of a command, with exit code 2 (`sparring.terminal.clear_errors`). Any other exception is a
fault of this program and shows where it is. A wrong answer of a model is none of these: it is data.
"""


class SparringError(Exception):
    """Base of all errors that are told in one line."""


class InputError(SparringError, ValueError):
    """A person's input is wrong until it is changed: the line names file, line and field, or the option."""


class UnreachableError(SparringError, RuntimeError):
    """A server, an endpoint or a download does not answer: the same command may go on later, with nothing changed."""


class HeldError(SparringError, RuntimeError):
    """Another process has what this one needs (a round, a journal, a port): it ends, or this one is not needed."""


class MachineError(SparringError, RuntimeError):
    """The machine stands in the way (a full disk, a folder that cannot be written to, a broken database)."""
