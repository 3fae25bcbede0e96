"""From a call of a gradient to its page: types, guards, compiling, arguments, errors."""
