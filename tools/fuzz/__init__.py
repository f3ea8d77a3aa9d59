"""Feed the readers what they must refuse politely: `./dev nox -s fuzz -- SECONDS [SURFACE ...]`.

A surface is a function of bytes that returns, or raises what its documentation names. Anything else is a
crasher: its input is written to the folder `.fuzz/` and, once understood, becomes a test named by its case.
"""
