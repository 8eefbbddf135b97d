"""Causal language models from plain Transformers folders, with a LoRA adapter merged in where only answers are wanted.

The surprise: adapters are merged into a copy of the frozen base; three quarters of the time of unmerged generation on a
CPU go into the LoRA layers.
"""

import os
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from sparring.engine.short_attention import NAME as SHORT_ROWS
from sparring.errors import InputError
from sparring.visible_text import shorten

Model = Any
Tokenizer = Any
MAX_SAID = 200  # characters of what a library says
DTYPES = {"bfloat16": torch.bfloat16, "float32": torch.float32}


def device() -> str:
    """Where models run: the first accelerator (of several processes each its own), else the CPU."""
    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if torch.cuda.is_available() else "cpu"


def load_tokenizer(base: Path) -> Tokenizer:
    """The tokenizer of a model folder, padding on the left, with a padding token.

    Raises:
        InputError: The folder holds none that can be read.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(base, padding_side="left", trust_remote_code=False)
    except MemoryError:
        raise
    except Exception as error:  # the library of tokenizers raises nothing narrower
        said = shorten(str(error), MAX_SAID)
        raise InputError(
            f"{base}: no readable tokenizer: {type(error).__name__}: {said}; fetch the model again"
        ) from None
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(base: Path, adapter: Path | None, dtype: str) -> Model:
    """The base with an adapter merged in, in evaluation mode.

    Args:
        base: Folder of the base model.
        adapter: Folder of a LoRA adapter, or None for the base alone.
        dtype: "bfloat16" or "float32".
    """
    model = load_base(base, dtype)
    if adapter is not None:
        from sparring.engine.fitted_adapter import with_adapter  # brings PEFT

        model = with_adapter(model, adapter).merge_and_unload()
    return model.eval()


def load_base(base: Path, dtype: str) -> Model:
    """A base model where models run, with the attention that is quickest there."""
    attention = SHORT_ROWS if device() == "cpu" else None
    return AutoModelForCausalLM.from_pretrained(
        base, dtype=DTYPES[dtype], attn_implementation=attention, trust_remote_code=False
    ).to(device())
