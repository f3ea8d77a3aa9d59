"""`fix_charset`: a file whose texts are in another character set than it says."""

from collections.abc import Iterable

from ._charset import Charset
from ._errors import ValueEncodeError
from ._file import DicomFile
from ._options import ReadOptions
from ._reader import read

__all__ = ["fix_charset"]


def fix_charset(file: DicomFile, terms: "str | Iterable[str]") -> DicomFile:
    """The same file with another declaration and the same bytes of text.

    For files that were written in one character set and declare another, or none: the bytes of every
    text stay as they are; only (0008,0005) changes, and with it what the texts mean. To *convert* texts
    to another set, assign ``ds.SpecificCharacterSet`` instead. ``terms`` are defined terms such as
    ``"ISO_IR 100"``; unknown ones raise `ValueEncodeError`.
    """
    names = (terms,) if isinstance(terms, str) else tuple(terms)
    problems = Charset.parse(names).problems
    if problems:
        rule = f"a defined term of PS3.3 C.12.1.1.2 such as 'ISO_IR 100' ({problems[0].text})"
        raise ValueEncodeError("CS", rule, path="(0008,0005)")
    declared = "\\".join(names)
    source = file.source if file.source is not None and not file.is_edited else file.to_bytes()
    options = (file.options or ReadOptions())._replace(charset_override=declared)
    # Read as what it is, then declared as what it is: nothing is left to recode on writing.
    fixed = read(source, options, force=True)
    fixed.dataset.SpecificCharacterSet = names
    return fixed


# Tracebacks, reprs and pickles name the place that users import from
fix_charset.__module__ = "dicom_core"
