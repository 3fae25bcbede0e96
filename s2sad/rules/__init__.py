"""The rules of NumPy, `math` and the built-in functions. Importing this package registers them."""

from importlib import import_module

TOPICS = (
    "elementwise", "scalars", "reductions", "methods",
    "helpers", "products", "shapes", "joining", "selecting", "subscripts", "creation",
    "linalg", "decompositions", "systems", "calculus", "sequences", "definitions", "windows",
    "statistics", "fourier", "selection", "polynomials", "series", "random", "callbacks",
)  # fmt: skip

for _topic in TOPICS:
    import_module(f"{__name__}.{_topic}")
