"""Operations of libraries: how a call of NumPy, math or a builtin becomes a statement."""
