"""The kernel in use: the native one where it is compiled, else the plain one."""

import os
from _imp import extension_suffixes
from typing import TYPE_CHECKING, Final

__all__ = ["COMPILED", "kernel", "mypyc_attr"]

_HERE: Final = os.path.join(os.path.dirname(__file__), "_kernel_native")
COMPILED: Final = any(os.path.exists(_HERE + suffix) for suffix in extension_suffixes())
"""Whether the native kernel is there as machine code; interpreted it would be slower than the plain one."""

# What is compiled itself calls the native kernel without a look-up: that is what mypyc sees here.
if TYPE_CHECKING or COMPILED:
    from . import _kernel_native as kernel
else:
    from . import _kernel as kernel

if TYPE_CHECKING:
    from mypy_extensions import mypyc_attr
else:

    def mypyc_attr(**_):
        """A decorator that only mypyc reads."""
        return lambda cls: cls
