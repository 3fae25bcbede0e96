"""What runs when a gradient is called: types, guards, loading, and the few helpers."""
