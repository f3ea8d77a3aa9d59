"""`check`: every value decoded, and what single values hold that the standard does not allow."""

from collections.abc import Iterator

from dicom_dict import Tag, find_element

from ._charset import Charset
from ._dataset import Dataset
from ._element import DataElement
from ._errors import ValueDecodeError
from ._file import DicomFile
from ._findings import Finding
from ._index import charset_in

__all__ = ["check"]

# The VRs whose characters Specific Character Set decides (PS3.5 6.1.2.3).
_DECLARED = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})


def check(source: DicomFile | Dataset) -> list[Finding]:
    """Decode every value at every depth, and say what is wrong with single ones.

    Rules: ``value`` (it cannot be decoded; access raises `ValueDecodeError`), ``multiplicity`` (more or
    fewer values than the dictionary allows), ``charset-...`` (the declaration of the character set,
    or bytes that are not in it). What the structure showed is in ``file.findings``. No finding
    holds a value.
    """
    found: list[Finding] = []
    if isinstance(source, DicomFile):
        found += _of(source.meta)
        source = source.dataset
    elif not isinstance(source, Dataset):
        raise TypeError(f"check() takes a DicomFile or a Dataset, not {type(source).__name__}")
    found += _of(source)
    return found


def _of(dataset: Dataset) -> Iterator[Finding]:
    for problem in charset_in(dataset).problems:
        yield Finding(problem.rule, problem.text, "(0008,0005)", vr="CS")
    yield from _level(dataset, charset_in(dataset))


def _level(dataset: Dataset, charset: Charset) -> Iterator[Finding]:
    """One data set and, behind each sequence, its items; without recursion."""
    stack = [_findings(dataset, charset)]
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
        elif isinstance(found, Finding):
            yield found
        else:
            stack.append(_findings(found, charset_in(found)))


def _findings(dataset: Dataset, charset: Charset) -> Iterator[Finding | Dataset]:
    """What one level shows, and the items below where they stand."""
    for element in dataset.elements():
        if element.vr == "SQ":
            for item in _items(element):
                own = charset_in(item)
                if own is not charset:
                    for problem in own.problems:
                        yield Finding(
                            problem.rule, problem.text, f"{item.path}.(0008,0005)", vr="CS"
                        )
                yield item
        else:
            yield from _element(element)


def _items(element: DataElement) -> Iterator[Dataset]:
    value = element.value
    if value is not None:
        assert hasattr(value, "__iter__")
        yield from value


def _element(element: DataElement) -> Iterator[Finding]:
    def finding(rule: str, text: str) -> Finding:
        return Finding(rule, text, element.path, element.offset, element.vr)

    try:
        element.value  # noqa: B018 - decoding is the check
    except ValueDecodeError as error:
        yield finding("value", f"not a valid {error.vr}: {error.rule}")
        return
    if element.vr in _DECLARED:
        raw = element.raw
        if not raw.isascii() or b"\x1b" in raw:
            for problem in element._charset().decode_checked(raw, element.vr)[1]:
                yield finding(problem.rule, problem.text)
    entry = find_element(element.tag) if not Tag(element.tag).is_private else None
    if entry is not None and element.vm and not entry.vm.allows(element.vm):
        yield finding("multiplicity", f"{element.vm} values, where {entry.vm} is allowed")


# Tracebacks, reprs and pickles name the place that users import from
check.__module__ = "dicom_core"
