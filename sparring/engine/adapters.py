"""LoRA adapters: made, loaded for training, and saved so that the same training gives the same bytes."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftConfig, get_peft_model

from sparring.engine.fitted_adapter import with_adapter
from sparring.engine.models import device, load_base
from sparring.engine.quick_lora import quick
from sparring.errors import InputError

UNSTABLE = ("README.md",)  # names the run's folder


def new_adapter(base: Path, rank: int, layers: int | None, dtype: str) -> Any:
    """The base with a new LoRA on the linear maps of its uppermost `layers` (None: of all), alpha twice the rank.

    The adapter has the base's number format: on a CPU, casts to float32 around every LoRA layer cost a third of a step.

    Raises:
        InputError: The base has fewer layers.
    """
    model = load_base(base, dtype)
    chosen: dict[str, Any] = {"target_modules": "all-linear"}
    if layers is not None:
        decoder = model.get_decoder()
        if layers > len(decoder.layers):
            raise InputError(
                f"{base}: {layers} layers are to have adapters, the model has {len(decoder.layers)}: "
                "set lora_layers to fewer, or to null for all"
            )
        linear = (name for name, each in decoder.layers.named_modules() if isinstance(each, torch.nn.Linear))
        names = sorted({name.rpartition(".")[2] for name in linear})
        uppermost = list(range(len(decoder.layers) - layers, len(decoder.layers)))
        chosen = {"target_modules": names, "layers_to_transform": uppermost}  # PEFT: not beside "all-linear"
    config = LoraConfig(r=rank, lora_alpha=2 * rank, task_type="CAUSAL_LM", **chosen)
    return get_peft_model(model, _for_here(config), autocast_adapter_dtype=False)


def trained_adapter(base: Path, adapter: Path, dtype: str) -> Any:
    """The base with an adapter whose weights go on training."""
    model = with_adapter(load_base(base, dtype), adapter, trainable=True, adapt=_for_here)
    for config in model.peft_config.values():  # else PEFT asks the hub for the stored name at every save
        config.base_model_name_or_path = str(base)
    return model


def begun_adapter(base: Path, start: Path | None, rank: int, layers: int | None, dtype: str, seed: int) -> Any:
    """The base with an adapter to train: that of `start`, or a new one.

    A new one has the weights that the seed alone decides, whatever was drawn before: a process that trained another
    player first begins where one begins that found it trained.
    """
    if start is not None:
        return trained_adapter(base, start, dtype)
    torch.manual_seed(seed)
    return new_adapter(base, rank, layers, dtype)


def _for_here(config: PeftConfig) -> PeftConfig:
    return quick(config) if device() == "cpu" and isinstance(config, LoraConfig) else config


def save_adapter(model: Any, folder: Path, weights: Mapping[str, Any] | None = None) -> None:
    """Writes the adapter whole or not at all, without paths of this run; `weights` where the model holds not all."""
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    model.save_pretrained(partial, state_dict=weights)
    for name in UNSTABLE:
        (partial / name).unlink(missing_ok=True)
    path = partial / "adapter_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = "base"
    config["target_modules"] = sorted(config["target_modules"])
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)
