"""What emitted pages call at run time: the few helpers, and how objects are made."""
