"""A LoRA adapter laid onto a base that it was made for.

The surprise: PEFT loads what it can match and warns about the rest, so that an adapter of another base answers as the
bare base does; and a folder that is not there it looks for on the hub.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from peft import PeftConfig, PeftModel, get_peft_model_state_dict
from safetensors import SafetensorError, safe_open

from sparring.errors import InputError

FILES = ("adapter_config.json", "adapter_model.safetensors")


def with_adapter(
    base: Any, adapter: Path, trainable: bool = False, adapt: Callable[[PeftConfig], PeftConfig] = lambda found: found
) -> Any:
    """The base with an adapter whose weights all have their place in it, and none of whose places stays empty.

    Args:
        base: A loaded base model.
        adapter: Folder of a LoRA adapter.
        trainable: Whether its weights go on training.
        adapt: What becomes of the configuration that lies beside the weights.

    Raises:
        InputError: There is no such adapter, or it belongs to another base.
    """
    for name in FILES:
        if not (adapter / name).is_file():
            raise InputError(f"{adapter / name}: no such file; expected the folder of a LoRA adapter")
    try:
        with safe_open(adapter / FILES[1], framework="pt") as weights:
            given = set(weights.keys())
        config = adapt(PeftConfig.from_pretrained(str(adapter)))
        model = PeftModel.from_pretrained(
            base, str(adapter), is_trainable=trainable, config=config, autocast_adapter_dtype=False
        )
    except (ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(
            f"{adapter}: does not fit the base model: {' '.join(line.strip() for line in reason[:2])}"
        ) from None
    wanted = set(get_peft_model_state_dict(model, save_embedding_layers=False))
    for named, said in ((wanted - given, "lacks"), (given - wanted - set(model.state_dict()), "has no place for")):
        if named:
            whose = "it" if said == "lacks" else "the base"
            raise InputError(f"{adapter}: does not fit the base model: {whose} {said} {min(named)} ({len(named)} such)")
    return model
