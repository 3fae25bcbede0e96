"""One state for several paths: at the end of an `if`, at a loop's header and exit."""
