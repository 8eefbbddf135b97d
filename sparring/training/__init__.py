"""How either player learns: SFT, GRPO, checkpoints, several processes, the target's mix."""
