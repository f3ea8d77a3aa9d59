"""The kernel in use: the native one where it is compiled, else the plain one."""

import os
from _imp import extension_suffixes
from typing import TYPE_CHECKING, Final

__all__ = ["COMPILED", "kernel"]

_HERE: Final = os.path.join(os.path.dirname(__file__), "_kernel_native")
COMPILED: Final = any(os.path.exists(_HERE + suffix) for suffix in extension_suffixes())
"""Whether the native kernel is there as machine code; interpreted it would be slower than the plain one."""

# What is compiled itself calls the native kernel without a look-up: that is what mypyc sees here.
if TYPE_CHECKING or COMPILED:
    from . import _kernel_native as kernel
else:
    from . import _kernel as kernel
