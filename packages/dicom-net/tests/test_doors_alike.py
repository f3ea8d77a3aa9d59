"""Both doors have the same names with the same parameters: what is learnt in one is known in the other."""

import inspect

import pytest

from dicom_net import blocking, transport

# What differs because of the language: how an iterator is closed, and what a block begins with
TRANSLATED = {
    "aclose": "close",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
}


def test_the_names_are_the_same() -> None:
    assert sorted(blocking.__all__) == sorted(transport.__all__)


@pytest.mark.parametrize("name", sorted(transport.__all__))
def test_the_parameters_are_the_same(name: str) -> None:
    theirs, ours = getattr(transport, name), getattr(blocking, name)
    if not inspect.isclass(theirs):
        assert parameters(theirs) == parameters(ours)
        return
    assert parameters(theirs) == parameters(ours)
    methods = {TRANSLATED.get(method, method): value for method, value in public(theirs).items()}
    for method, value in methods.items():
        assert hasattr(ours, method), f"{name}.{method} is missing in dicom_net.blocking"
        assert parameters(value) == parameters(getattr(ours, method)), method
    assert set(public(ours)) <= set(methods)


def public(kind: type) -> dict[str, object]:
    """The methods that users call, inherited ones too."""
    return {
        name: value
        for name, value in inspect.getmembers(kind, inspect.isroutine)
        if not is_private(name)
    }


def is_private(name: str) -> bool:
    return name.startswith("_") and name not in {*TRANSLATED, *TRANSLATED.values(), "__init__"}


def parameters(function: object) -> list[tuple[str, object, object]]:
    assert callable(function)
    return [
        (one.name, one.kind, one.default) for one in inspect.signature(function).parameters.values()
    ]
