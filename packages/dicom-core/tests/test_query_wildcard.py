"""Wild cards: equal to a naive reference, linear on what breaks others (PS3.4 C.2.2.2.4, case N19)."""

import pickle
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_core import LimitExceeded
from dicom_core.query import WildcardPattern

LETTERS = st.sampled_from("ab")


def reference(pattern: str, text: str) -> bool:
    """The definition itself, a table of prefixes: exact, and quadratic."""
    row = [True] + [False] * len(text)
    for want in pattern:
        if want == "*":
            seen = False
            fresh = []
            for cell in row:
                seen = seen or cell
                fresh.append(seen)
            row = fresh
        else:
            row = [False] + [row[i] and want in ("?", text[i]) for i in range(len(text))]
    return row[-1]


@given(st.text(st.sampled_from("ab*?"), max_size=12), st.text(LETTERS, max_size=16))
def test_equals_the_reference(pattern: str, text: str) -> None:
    assert WildcardPattern(pattern).matches(text) == reference(pattern, text)


@given(
    st.text(st.sampled_from("aäβ山😀*?."), max_size=10),
    st.text(st.sampled_from("aäβ山😀."), max_size=14),
)
def test_equals_the_reference_beyond_ascii(pattern: str, text: str) -> None:
    assert WildcardPattern(pattern).matches(text) == reference(pattern, text)


@given(st.text(st.sampled_from("ab*?"), max_size=12), st.text(LETTERS, max_size=16))
def test_equals_fnmatch(pattern: str, text: str) -> None:
    assert WildcardPattern(pattern).matches(text) == fnmatchcase(text, pattern)


@given(
    st.lists(st.text(st.sampled_from("ab?"), min_size=1, max_size=6), min_size=1, max_size=3),
    st.text(LETTERS, min_size=3000, max_size=3200),
)
def test_long_texts_equal_the_reference(pieces: list[str], text: str) -> None:
    """Long enough that pieces with question marks are compared as bits."""
    pattern = "*" + "*".join(pieces) + "*"
    assert WildcardPattern(pattern).matches(text) == reference(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("*", "", True),
        ("?", "", False),
        ("[a]*", "[a]b", True),
        ("[ab]", "a", False),
        ("a.c", "abc", False),
        ("%_\\'*", "%_\\'; DROP", True),
        ("DOE^*", "DOE^JANE", True),
        ("*^JANE", "DOE^JANE", True),
        ("D?E*", "DOE", True),
        ("a*a", "a", False),
    ],
)
def test_table(pattern: str, text: str, expected: bool) -> None:
    assert WildcardPattern(pattern).matches(text) is expected


MEGABYTE = 1 << 20


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*a*a*a*" * 1000 + "b", "a" * MEGABYTE),
        ("*a" * (MEGABYTE // 4) + "*b", "a" * MEGABYTE),
        ("*" * MEGABYTE + "b", "a" * MEGABYTE),
        ("*" + "a?" * 500 + "b*", "a" * MEGABYTE),
        ("*" + "a" * 5000 + "b*", "a" * MEGABYTE),
        ("?" * 1000 + "*b", "a" * MEGABYTE),
        ("*?a" * 50_000 + "*b?c*", "a" * MEGABYTE),
    ],
)
def test_n19_a_megabyte_of_wild_cards_ends(pattern: str, text: str) -> None:
    """Backtracking would not end before the universe does."""
    matcher = WildcardPattern(pattern)
    assert not matcher.matches(text)
    assert WildcardPattern(pattern[:-1] + "*").matches(text) or "b" in pattern[:-1]


def test_n19_a_piece_of_question_marks_is_limited() -> None:
    with pytest.raises(LimitExceeded) as caught:
        WildcardPattern("*" + "a?" * 600 + "*")
    assert caught.value.limit == "wildcard"


def test_pickles() -> None:
    assert pickle.loads(pickle.dumps(WildcardPattern("A*"))).matches("AB")
