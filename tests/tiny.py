"""Tiny random models and a tiny recipe: enough to run every step in seconds, never enough to measure anything.

python -m tests.tiny FOLDER  makes a whole tiny project there.
"""

import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch
from ruamel.yaml import YAML
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import BertConfig, BertModel, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from sparring.attacker.program import Step, apply_program, random_program, render_program
from sparring.attacker.query_prompts import query_messages
from sparring.dialects import DIALECTS
from sparring.engine.adapters import new_adapter, save_adapter
from sparring.gold import gold_calls
from sparring.prompts import render_prompt
from sparring.records import Example
from sparring.sources.jsonl import load_jsonl

ROOT = Path(__file__).parents[1]
# What the tokenizer has words for: fixed, since tiny models have other weights with another vocabulary.
VOCABULARY = (
    "greeting thanks chatty story quantity near_miss persona quote hedge hurry title polite formal casual synonyms contract "
    "expand telegraphic hesitant statement typos lowercase uppercase bare excited chat number_words digits thousands "
    "written_date units percent reverse front lines"
).split()
SEED = 17  # the recipe's: a seed that falls for a greeting is never attacked
CITIES = (
    "Paris London Rome Berlin Madrid Lisbon Vienna Prague Dublin Oslo Athens Warsaw Cairo Tokyo Delhi Lima Quito Bogota "
    "Seoul Hanoi Nairobi Accra Dakar Tunis Riga Vilnius Tallinn Helsinki Bern Zagreb"
).split()
TEMPLATE = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level tokenizer with a chat template; another operator does not change what it knows."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=["<|im_start|>", "<|im_end|>", "[UNK]"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator([*map(json.dumps, rows()), render_prompt("target", signatures=[]), *VOCABULARY], trainer)
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="<|im_end|>", pad_token="<|im_end|>", unk_token="[UNK]", padding_side="left"
    )
    wrapped.chat_template = TEMPLATE
    return wrapped


def make_language_model(folder: Path, examples: Sequence[Example] = (), num_steps: int = 360) -> Path:
    """A Llama of two layers: random, or knowing by heart the right answers to the examples, and a program for each."""
    torch.set_num_threads(1)  # two threads beside another busy process take several times as long
    torch.manual_seed(0)
    words = tokenizer()
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=2048,
        eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
        tie_word_embeddings=True,
    )
    model = LlamaForCausalLM(config)
    if examples:
        _learn_by_heart(model, words, examples, num_steps)
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def _learn_by_heart(
    model: LlamaForCausalLM, words: PreTrainedTokenizerFast, examples: Sequence[Example], num_steps: int
) -> None:
    dialect = DIALECTS["pythonic"]
    known = [(dialect.messages(example), dialect.render(gold_calls(example))) for example in examples]
    greeted = [example.with_query(apply_program((Step("greeting"),), example, SEED)) for example in examples]
    known += [(dialect.messages(example), dialect.render(gold_calls(example))) for example in greeted]
    programs = [render_program(random_program(random.Random(example.id), 2)) for example in examples]
    known += [(query_messages(example, "program"), text) for example, text in zip(examples, programs, strict=True)]
    full = []
    for messages, text in known:
        prompt = words.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        prompt_ids = words(prompt, add_special_tokens=False)["input_ids"]
        answer = [*words(text)["input_ids"], words.eos_token_id]
        full.append((prompt_ids + answer, [-100] * len(prompt_ids) + answer))
    width = max(len(ids) for ids, _ in full)
    ids = torch.tensor([row + [words.pad_token_id] * (width - len(row)) for row, _ in full])
    labels = torch.tensor([row + [-100] * (width - len(row)) for _, row in full])
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    model.train()
    for _ in range(num_steps):
        chosen = torch.randperm(len(full))[:24]
        hidden, wanted = model.model(input_ids=ids[chosen]).last_hidden_state[:, :-1], labels[chosen, 1:]
        learnt = wanted != -100  # a third of a step would go into the words of the prompts
        loss = torch.nn.functional.cross_entropy(model.lm_head(hidden[learnt]), wanted[learnt])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def make_encoder(folder: Path) -> Path:
    """A random encoder."""
    torch.manual_seed(0)
    words = tokenizer()
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=512,
    )
    BertModel(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def rows() -> list[dict[str, object]]:
    """Seeds of thirty tools in the user's own form, each tool with a call and a row on which no call is right."""
    made: list[dict[str, object]] = []
    for number, city in enumerate(CITIES):
        tool = {
            "type": "function",
            "function": {
                "name": f"get_weather_{city.lower()}",
                "description": f"Weather of {city}.",
                "parameters": {
                    "type": "object",
                    "properties": {"place": {"type": "string"}, f"days_{number}": {"type": "integer"}},
                    "required": ["place"],
                },
            },
        }
        call = {"name": f"get_weather_{city.lower()}", "arguments": {"place": city, f"days_{number}": number + 2}}
        question = f"What is the weather in {city} for the next {number + 2} days?"
        other = f"Who wrote the most famous novel of {city}?"
        for name, text, gold in (("call", question, [call]), ("none", other, [])):
            row = {
                "id": f"{name}{number}",
                "tools": [tool],
                "messages": [{"role": "user", "content": text}],
                "gold": gold,
            }
            made.append(row)
    return made


def tiny_seeds() -> list[Example]:
    """The rows as the project reads them."""
    with tempfile.TemporaryDirectory() as folder:
        return load_jsonl(write_rows(Path(folder)))


def write_rows(folder: Path) -> Path:
    """Writes the rows to `rows.jsonl` in the folder."""
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()), encoding="utf-8")
    return path


def make_adapter(base: Path, folder: Path) -> Path:
    """An adapter on the upper layer of a tiny model, of rank 4, that does something."""
    torch.manual_seed(2)
    model = new_adapter(base, 4, 1, "float32")
    for name, weights in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.05)
    save_adapter(model, folder)
    return folder


def make_project(root: Path, base: Path | None = None, **changes: object) -> Path:
    """A project with the repository's files, tiny models and a tiny recipe; changes are {"rl.steps": 3}.

    `base` is a tiny model made earlier; making one takes the longest.
    """
    root.mkdir(parents=True, exist_ok=True)
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for name in tracked:
        if (ROOT / name).exists() and not name.startswith("tests/"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    make_encoder(root / "tiny" / "embedding")
    written = write_rows(root / "tiny")
    if base is None:
        make_language_model(root / "tiny" / "base", load_jsonl(written))
    else:
        shutil.copytree(base, root / "tiny" / "base")
    yaml = YAML()
    recipe = yaml.load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    small: dict[str, object] = {
        "experiment": "tiny",
        "threads": 1,
        "data.source": "jsonl",
        "data.path": "tiny/rows.jsonl",
        "data.categories": ["simple_python", "irrelevance"],
        "data.ood_categories": [],
        "data.practice_categories": [],
        "data.tool_removed": 0,
        "data.train_share": 0.5,
        "data.val_share": 0.4,
        "models.base": "tiny/base",
        "models.embedding": "tiny/embedding",
        "models.dtype": "float32",
        "target.max_new_tokens": 60,
        "target.warm_start.examples": 16,
        "target.warm_start.learning_rate": 1e-4,
        "target.warm_start.lora_layers": None,
        "query_model.warm_start.lora_layers": None,
        "target.warm_start.save_every": 1,
        "query_model.max_new_tokens": 24,
        "query_model.warm_start.examples": 12,
        "query_model.warm_start.learning_rate": 1e-4,
        "query_model.warm_start.save_every": 1,
        "gates.min_similarity": 0.0,
        "rl.steps": 4,
        "rl.prompts_per_step": 2,
        "rl.group_size": 2,
        "rl.save_every": 1,
        "rl.mining.attacks_per_seed": 1,
        "rl.mining.examples": 4,
        "sampling.pool": 16,
        "sampling.no_call_share": 0.4,
        "sampling.seeds": 6,
        "sft.examples": 12,
        "sft.attacked_share": 0.5,
        "sft.save_every": 1,
        "dials.scales": [0.5],
        "dials.offsets": [-1.0, 1.0],
        "dials.examples": 3,
        "dials.baseline": True,
        "evaluation.clean_examples": 6,
        "evaluation.no_call_examples": 4,
        "evaluation.attack_seeds": 4,
        "evaluation.no_call_attack_seeds": 2,
        "evaluation.schema_seeds": 1,
    }
    for key, value in (small | changes).items():
        section = recipe
        *path, last = key.split(".")
        for part in path:
            section = section[part]
        section[last] = value
    with (root / "params.yaml").open("w", encoding="utf-8") as handle:
        yaml.dump(recipe, handle)
    return root


if __name__ == "__main__":
    make_project(Path(sys.argv[1]).resolve())
