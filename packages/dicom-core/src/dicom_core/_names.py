"""The one function that makes a file name of an identifier."""

from typing import Final

__all__ = ["safe_name"]

_HASHED: Final = "h-"


def safe_name(identifier: str) -> str:
    """A file or folder name for a UID or any other text out of a data set.

    A canonical UID (PS3.5 9.1) is its own name; anything else, a path, a device name, an overlong text,
    look-alike characters, becomes ``h-`` and 40 hexadecimal digits of its SHA-256. Different identifiers
    have different names, also where the file system ignores case; a name has at most 64 characters out
    of digits, ``a`` to ``f``, ``h``, dot and hyphen, and never begins or ends with a dot.
    """
    from .values._strings import is_uid_form

    # The padding of UI is not part of it (PS3.5 6.2): padded and unpadded are one identifier.
    text = identifier.rstrip("\0 ")
    if len(text) <= 64 and is_uid_form(text):
        return text
    from hashlib import sha256

    return _HASHED + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


# Tracebacks, reprs and pickles name the place that users import from
safe_name.__module__ = "dicom_core.store"
