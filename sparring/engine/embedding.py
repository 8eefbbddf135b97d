"""Sentence embeddings by all-MiniLM-L6-v2 (or any encoder of that form): mean pooling, unit length.

Nothing is cached between calls: batches depend on the texts alone, so a resumed run embeds as the first one did.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer

from sparring.engine.batching import batches
from sparring.engine.models import device

Vectors = NDArray[np.float32]
MAX_TOKENS = 256
BATCH_TOKENS = 4096


class Embedder:
    """An encoder, frozen.

    Args:
        folder: Folder of the model.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        self.model = AutoModel.from_pretrained(folder, trust_remote_code=False).to(device()).eval()

    def __reduce__(self) -> tuple[type["Embedder"], tuple[Path]]:
        """Other processes load it from its folder."""
        return Embedder, (self.folder,)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, (texts, dimensions), float32; a blank text has the zero vector, like nothing."""
        blank = np.zeros(self.model.config.hidden_size, dtype=np.float32)
        distinct = sorted({text for text in texts if text.strip()})
        if not distinct:
            return np.tile(blank, (len(texts), 1))
        lengths = [len(ids) for ids in self.tokenizer(distinct, truncation=True, max_length=MAX_TOKENS)["input_ids"]]
        found: dict[str, Vectors] = {}
        for batch in batches(lengths, BATCH_TOKENS):
            chosen = [distinct[i] for i in batch]
            padded = self.tokenizer(chosen, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
            with torch.inference_mode():
                hidden = self.model(**padded.to(self.model.device)).last_hidden_state  # (B, T, D)
                mask = padded["attention_mask"].unsqueeze(-1).to(hidden.dtype)  # (B, T, 1)
                pooled = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)
            found |= dict(zip(chosen, pooled.float().cpu().numpy(), strict=True))
        return np.stack([found.get(text, blank) for text in texts])
