"""Many directions at once: tangents or cotangents with a leading axis, in one pass.

Source: the multi-directional mode of Tapenade (L. Hascoët and V. Pascual, "The Tapenade
automatic differentiation tool", 2013), here for whole arrays instead of loops.
"""

from s2sad.batch.transform import batch

__all__ = ["batch"]
