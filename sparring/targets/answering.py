"""Whether a server answers at all, said in seconds: clients of its own would try for minutes before they say so."""

from sparring.errors import UnreachableError
from sparring.secrets_in_text import masked
from sparring.targets.exchange import ExchangeError, bounded_client, exchange

PATIENCE_S = 5.0


def must_answer(what: str, address: str) -> None:
    """Asks once; any answer is one, a refusal too.

    Args:
        what: What the error line begins with, e.g. "MLflow's store".
        address: What is asked.

    Raises:
        UnreachableError: Nobody answers.
    """
    try:
        with bounded_client({}) as client:
            exchange(client, "GET", address, PATIENCE_S)
    except ExchangeError as error:
        raise UnreachableError(masked(f"{what} ({address}): {error}")) from None
