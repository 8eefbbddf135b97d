"""LoRA adapters: made, loaded for training, and saved so that the same training gives the same bytes."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from peft import LoraConfig, PeftModel
from transformers import AutoModelForCausalLM

from sparring.models import DTYPES, device

UNSTABLE = ("README.md",)  # names the run's folder


def lora(rank: int) -> LoraConfig:
    """LoRA on all linear layers, alpha twice the rank."""
    return LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")


def trainable(base: Path, adapter: Path | None, dtype: str) -> Any:
    """The base, with an adapter whose weights train where one is given. The adapter keeps float32 weights."""
    model = AutoModelForCausalLM.from_pretrained(base, dtype=DTYPES[dtype]).to(device())
    return model if adapter is None else PeftModel.from_pretrained(model, str(adapter), is_trainable=True)


def save_adapter(model: Any, folder: Path) -> None:
    """Writes the adapter whole or not at all, without paths of this run."""
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    model.save_pretrained(partial)
    for name in UNSTABLE:
        (partial / name).unlink(missing_ok=True)
    path = partial / "adapter_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = "base"
    config["target_modules"] = sorted(config["target_modules"])
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)
