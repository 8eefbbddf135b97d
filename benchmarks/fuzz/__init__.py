"""A fuzzer over everything that reads text of other people: mutated real inputs, in a child process with limits."""
