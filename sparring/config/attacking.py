"""Sections of a recipe about the query model's learning: reward, mining, RL, what is drawn and answered."""

from typing import Annotated, Literal

from pydantic import Field

from sparring.config.base import NonNegative, Positive, Rate, Section, Share


class RewardParams(Section):
    """Weights of the reward: V * (valid_bonus + hardness - cluster - program - archive) - malformed."""

    hardness: Literal["zero_sum", "band"]
    valid_bonus: Annotated[float, Field(ge=0.0, le=0.1)]
    cluster_weight: Share
    program_weight: Share
    archive_weight: Share
    malformed_penalty: Share


class MiningParams(Section):
    """Before RL: random programs, attacks_per_seed on each seed (0: no mining); SFT on the best valid ones."""

    attacks_per_seed: NonNegative
    examples: Positive
    max_per_seed: Positive


class RLParams(Section):
    """GRPO on the query model. One step sees prompts_per_step prompts, group_size completions each.

    At or below entropy_floor (nats a token) the loss gets a bonus of entropy_coef times the entropy.
    """

    steps: Positive
    prompts_per_step: Positive
    group_size: Annotated[int, Field(ge=2)]
    learning_rate: Rate
    temperature: Annotated[float, Field(gt=0.0)]
    beta: Annotated[float, Field(ge=0.0)]
    entropy_floor: Annotated[float, Field(ge=0.0)]
    entropy_coef: Annotated[float, Field(ge=0.0)]
    clip_low: Share
    clip_high: Share
    save_every: Positive
    keep_checkpoints: Positive
    mining: MiningParams


class SamplingParams(Section):
    """Attacks that the trained query model writes on training seeds.

    Of `pool` training seeds those that the target answers rightly are attacked: one that fails untouched proves
    nothing. `no_call_share` of the pool wants no call; where train has fewer such rows, more of it wants one.
    """

    pool: Positive
    no_call_share: Share
    seeds: Positive
    attacks_per_seed: Positive
    temperature: Annotated[float, Field(gt=0.0)]


class RolloutParams(Section):
    """How the target answers: K samples, temperature 0 is greedy, batches bounded by padded prompt tokens."""

    samples: Positive
    temperature: Annotated[float, Field(ge=0.0)]
    batch_tokens: Positive
