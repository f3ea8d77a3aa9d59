"""The one error of a library that is not installed."""

from dicom_dict import DicomError

__all__ = ["MissingExtra", "need"]


class MissingExtra(DicomError, ImportError):
    """A function needs a library that is not installed; ``library`` names it, ``install`` what brings it."""

    def __init__(self, library: str, install: str) -> None:
        super().__init__(library, install)
        self.library = library
        self.install = install

    def __str__(self) -> str:
        return f"{self.library} is not installed; install it with: pip install '{self.install}'"


def need(library: str, install: str) -> None:
    """Make sure that a library can be imported."""
    from importlib import import_module

    try:
        import_module(library)
    except ModuleNotFoundError as missing:
        if missing.name != library:
            raise
        raise MissingExtra(library, install) from missing
