"""The passes, one a module, each `run(function) -> function` and value-preserving.

They make no assumption on what ran before, and can be switched off one by one.
"""
