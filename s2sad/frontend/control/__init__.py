"""Control flow: branches, loops, ways to leave, exceptions, managers, patterns, generators."""
