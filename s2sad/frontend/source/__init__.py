"""The syntax of functions: rules of scope, liveness, loops in another form. No values yet."""
