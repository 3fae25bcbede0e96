"""Oracles of derivatives that share nothing with the compiler or its rules."""
