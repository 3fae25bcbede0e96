"""The intermediate representation: data, types, operations, and what works on all of it.

    data, types, ops    what a program is
    walk                traversal and rewriting
    printer             the textual form
    verify              the invariants, numbered: the specification
    interpret           the reference interpreter: the oracle for passes

Nothing here knows of differentiation, of the frontend or of emission.
"""
