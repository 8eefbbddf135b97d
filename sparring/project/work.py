"""What a piece of work asks of a machine: operations, bytes that move, calls that wait for one another; and seconds.

Training, reading and writing are counted per token from the model's shape. A machine is known by its measured rates
(sparring/engine/machine_rates.py); constants say how far models stay behind them. They were fitted to two quickstarts
of the 135M pair, in bfloat16 with AMX on one processor and in float32 with AVX2 alone on another, and for Python's own
work to two short ones on a third (docs/machines.md).
"""

from dataclasses import astuple, dataclass

from sparring.engine.model_shape import ModelShape
from sparring.records import MachineRates

BYTES = {"bfloat16": 2, "float32": 4}
SHARE_OF_RATE = 0.72  # of the measured matrix multiplication, in the models' own products
TRAINED_PASSES = 900.0  # times that a training moves a layer's output beside its products, as so much copying
READ_PASSES = 400.0  # the same of reading
MOVED_BYTES = 2  # a number, whatever its format: narrow ones are widened on the way
STEP_S = 0.08  # of writing one more token of a batch, beside its products: hundreds of small calls
PYTHON_MS = 15.0  # of `MachineRates.python_ms` where the seconds of Python's own work hold


@dataclass(frozen=True)
class Work:
    """An amount of work; amounts add up.

    Attributes:
        operations: Floating-point operations in matrix products.
        moved: Bytes that are read or written beside them.
        steps: Tokens that are written one after the other.
        python_s: Seconds of Python's own work, on the machines that the constants were fitted to.
    """

    operations: float = 0.0
    moved: float = 0.0
    steps: float = 0.0
    python_s: float = 0.0

    def __add__(self, other: "Work") -> "Work":
        """Both."""
        return Work(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))

    def times(self, count: float) -> "Work":
        """So often."""
        return Work(*(count * amount for amount in astuple(self)))

    def seconds(self, rates: MachineRates, dtype: str) -> float:
        """Wall seconds on a machine in a number format."""
        return (
            self.operations / (SHARE_OF_RATE * rates.gflops[dtype] * 1e9)
            + self.moved / (rates.copy_gb * 1e9)
            + (self.steps * STEP_S + self.python_s) * slowness(rates)
        )


def slowness(rates: MachineRates) -> float:
    """How many times as long Python takes for its own work as where the constants hold; 1 where it was not measured."""
    return 1.0 if rates.python_ms is None else rates.python_ms / PYTHON_MS


@dataclass(frozen=True)
class Player:
    """A model with an adapter, as work is counted for it.

    Attributes:
        shape: The base.
        rank: Of the adapter.
        layers: Layers with an adapter, from the top; None for all.
        dtype: Number format.
    """

    shape: ModelShape
    rank: int
    layers: int | None
    dtype: str

    def read(self, tokens: float, answers: float = 0.0) -> Work:
        """Tokens that are read; through the output layer go only `answers` of them."""
        operations = 2 * tokens * self.shape.in_layers + 2 * answers * self.shape.output
        return Work(operations, self._moved(tokens, READ_PASSES))

    def write(self, tokens: float, rows: int, longest: float = 0.0) -> Work:
        """Tokens that are written, by so many rows at once; however few, the longest takes a step a token."""
        operations = 2 * tokens * (self.shape.in_layers + self.shape.output)
        steps = max(tokens / max(1, rows), longest)
        weights = (self.shape.in_layers + self.shape.output) * BYTES[self.dtype]
        return Work(operations, self._moved(tokens, READ_PASSES) + steps * weights, steps)

    def train(self, tokens: float, answers: float, epochs: int) -> Work:
        """Tokens of one epoch that are trained on in every epoch; `answers` of them have a loss."""
        layers = self.shape.layers if self.layers is None else self.layers
        trained = layers / self.shape.layers
        below = (1 - trained) * (1 if epochs > 1 and layers < self.shape.layers else epochs)  # kept over epochs
        forward = epochs * trained + below
        operations = 2 * tokens * self.shape.in_layers * (forward + epochs * trained)
        operations += 6 * epochs * tokens * self.shape.lora(self.rank, self.layers)
        operations += 4 * epochs * answers * self.shape.output
        passes = TRAINED_PASSES * epochs * trained + READ_PASSES * below
        return Work(operations, self._moved(tokens, passes))

    def _moved(self, tokens: float, passes: float) -> float:
        return passes * tokens * self.shape.layers * self.shape.hidden * MOVED_BYTES
