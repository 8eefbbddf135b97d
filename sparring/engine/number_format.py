"""The number format of a campaign: measured where nobody names it, fixed when r00 is played, the same ever after.

`models.dtype: auto` is settled when a recipe is opened. The surprise: on another machine the format stays what r00 was
played in, however slow it is there, and a line says so: rounds of two formats could not be compared.
"""

from functools import cache
from pathlib import Path

from sparring.config import AUTO, BASELINE, NumberFormat, Params, load_params
from sparring.dialects import check_dialect
from sparring.engine.model_shape import QUICKSTART, shape_of
from sparring.manifests import read_manifest
from sparring.records import MachineRates
from sparring.storage import RoundPaths, read_json, write_json
from sparring.terminal import say

CLEARLY = 1.1  # times quicker: below that the exacter format serves
SLOW = 2.0  # times slower than the other format: worth a warning


def load_recipe(root: Path) -> Params:
    """The recipe of a project, its number format settled.

    Raises:
        InputError: params.yaml is wrong or names no dialect, or the baseline's manifest is broken.
    """
    params = load_params(root / "params.yaml")
    check_dialect(f"{root / 'params.yaml'}: target.dialect", params.target.dialect)
    return settled(params, root)


def settled(params: Params, root: Path) -> Params:
    """The recipe with a number format that is one; says where it is not what this machine would choose."""
    rates = rates_for(params, root)
    named, campaign, best = params.models.dtype, campaign_format(root), best_format(rates)
    if named == AUTO:
        chosen: NumberFormat = campaign or best
        if chosen != best:
            say_once(f"{BASELINE} was begun in {chosen}, which stays; this machine would choose {rates_text(rates)}")
    else:
        chosen = named
        if campaign is not None and campaign != named:
            say_once(f"models.dtype is {named}, {BASELINE} was played in {campaign}: rounds of both do not compare")
        if (warning := slow_warning(named, rates)) is not None:
            say_once(f"models.dtype: {warning}")
    return params.model_copy(update={"models": params.models.model_copy(update={"dtype": chosen})})


def rates_for(params: Params, root: Path) -> MachineRates:
    """This machine's rates for the recipe's base model (of an unknown one: the quickstart's) and threads."""
    from sparring.engine.machine_rates import machine_rates  # needs torch, and nothing else here does

    return machine_rates(shape_of(root / "models" / "base", params.models.base) or QUICKSTART, params.threads)


def best_format(rates: MachineRates) -> NumberFormat:
    """bfloat16 where it is clearly quicker, or where an accelerator computes in it; else float32."""
    import torch

    if torch.cuda.is_available():
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    return "bfloat16" if rates.gflops["bfloat16"] > CLEARLY * rates.gflops["float32"] else "float32"


def slow_warning(chosen: str, rates: MachineRates) -> str | None:
    """A sentence with both rates where the format is much slower here than the other; None where it is not."""
    other = next(name for name in rates.gflops if name != chosen)
    if rates.gflops[other] < SLOW * rates.gflops[chosen]:
        return None
    return f"{chosen} is slow here: {rates_text(rates)}; models.dtype: auto chooses by this measurement"


def rates_text(rates: MachineRates) -> str:
    """Both rates, the quicker first."""
    ordered = sorted(rates.gflops.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{name} ({rate:.0f} GFLOP/s)" for name, rate in ordered)


def campaign_format(root: Path) -> NumberFormat | None:
    """The format of this project's rounds, finished or begun; None before the first."""
    baseline = RoundPaths(root, BASELINE)
    if baseline.manifest.exists() and (played := read_manifest(baseline).dtype) is not None:
        return played
    begun = _begun(root)
    return read_json(begun)["dtype"] if begun.exists() else None


def begin_campaign(root: Path, chosen: NumberFormat) -> None:
    """Remembers the format of a baseline that is begun, for a start that goes on elsewhere."""
    if campaign_format(root) is None:
        write_json(_begun(root), {"dtype": chosen})


def forget_begun(root: Path) -> None:
    """The baseline is finished: its manifest tells from now on."""
    _begun(root).unlink(missing_ok=True)


@cache
def say_once(message: str) -> None:
    """One line, once a process."""
    say(message)


def _begun(root: Path) -> Path:
    return root / ".work" / f"{BASELINE}.number_format.json"
