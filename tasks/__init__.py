"""Steps of a round as Prefect tasks: each reads, calls the library, writes its file, logs."""
