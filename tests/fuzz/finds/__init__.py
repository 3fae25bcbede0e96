"""What the fuzzer found, made small: each file has a `fuzz(x, y, k)` and its `SEED`."""
