"""The empty base that gives `Dataset` its typed attributes: the stub beside it has one descriptor a keyword."""

__all__ = ["Keywords"]


class Keywords:
    """Nothing at run time. For type checkers, every keyword of the standard."""

    __slots__ = ()
