"""Models at work: number formats, adapters, prefill, generation, sampling, packing, memory, processes."""
