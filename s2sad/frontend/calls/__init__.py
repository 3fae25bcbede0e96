"""Calls: which functions are inlined, which are called, which the frontend knows itself."""
