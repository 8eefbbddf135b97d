"""The query model and what it plays: programs, their grammar, mining, the archive, rewards, attacks on schemas."""
