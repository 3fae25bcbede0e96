"""Facts about the IR: types and lengths of values, index sets, versions, what may raise."""
