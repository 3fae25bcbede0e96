"""All constructs that can be lowered: the modules that enter their functions in `dispatch`."""

from __future__ import annotations

from s2sad.frontend.calls import (
    arguments,
    arrays,
    attributes,
    builtins,
    facts,
    inline,
    known,
    methods,
    objects,
    sequences,
)
from s2sad.frontend.control import (
    asserts,
    bodies,
    branches,
    choices,
    generators,
    leaving,
    loops,
    matching,
    raising,
    tries,
    withs,
)
from s2sad.frontend.data import (
    access,
    assignment,
    augmented,
    closures,
    deletion,
    dicts,
    displays,
    imports,
    lists,
    operators,
    strings,
)

NAMES = (assignment, augmented, deletion, displays, imports)
VALUES = (access, closures, dicts, lists, operators, strings)
CONTROL = (
    asserts, bodies, branches, choices, generators, leaving, loops, matching, raising, tries, withs,
)  # fmt: skip
CALLS = (
    arguments, arrays, attributes, builtins, facts, inline, known, methods, objects, sequences,
)  # fmt: skip
CONSTRUCTS = (*NAMES, *VALUES, *CONTROL, *CALLS)
