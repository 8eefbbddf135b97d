"""Commands of the `sparring` program, one file each."""
