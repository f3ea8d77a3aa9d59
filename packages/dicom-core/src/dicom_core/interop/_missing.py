"""The one error of a library that is not installed."""

from dicom_dict import DicomError

__all__ = ["MissingExtra", "need"]


class MissingExtra(DicomError, ImportError):
    """A function needs libraries that are not installed.

    ``libraries`` names all that are missing, ``library`` the first of them, and ``install`` is what to
    give to pip.
    """

    def __init__(self, libraries: tuple[str, ...], install: tuple[str, ...]) -> None:
        super().__init__(libraries, install)
        self.libraries = libraries
        self.library = libraries[0]
        self.install = install

    def __str__(self) -> str:
        names, verb = " and ".join(self.libraries), "is" if len(self.libraries) == 1 else "are"
        words = " ".join(f"'{word}'" for word in self.install)
        pronoun = "it" if len(self.libraries) == 1 else "them"
        return f"{names} {verb} not installed; install {pronoun} with: pip install {words}"


def need(**libraries: str) -> None:
    """Make sure that libraries can be imported, each with what brings it; all that are missing are named at once."""
    from importlib import import_module

    missing = []
    for library in libraries:
        try:
            import_module(library)
        except ModuleNotFoundError as error:
            if error.name != library:
                raise
            missing.append(library)
    if missing:
        raise MissingExtra(tuple(missing), tuple(libraries[library] for library in missing))


# Tracebacks, reprs and pickles name the place that users import from
MissingExtra.__module__ = "dicom_core.interop"
