"""F25: JSON that means harm, in a process with bounds on memory and time. Nothing but typed errors comes out."""

import subprocess
import sys
import textwrap

import pytest

MEMORY = 512 << 20  # address space; the interpreter itself takes about 60 MiB

_PRELUDE = f"""
import resource
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
import dicom_core as dc
import dicom_core.json
J = dc.json.decode
SECRET = "SECRET"

def refused(act, limit="", rule=""):
    try:
        act()
    except dc.LimitExceeded as error:
        assert error.limit == limit, error
        assert SECRET not in str(error)
    except dc.ParseError as error:
        assert error.rule == rule, error
        assert SECRET not in str(error)
    else:
        raise AssertionError("it was taken")
    print("refused")
"""


def run(body: str) -> None:
    code = _PRELUDE + textwrap.dedent(body)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "refused" in done.stdout


F25 = {
    "bad_base64": """
        for text in ("SECRET!", "AAA", "=AAA", "AAAA=", "ABC=DEF=", "AAAA====", "AA==AA==", "A A A", "\\u00e9AAA"):
            refused(lambda: J('{"00420011":{"vr":"OB","InlineBinary":"%s"}}' % text), rule="json-base64")
    """,
    "a_gigabyte_of_base64_in_pieces": """
        limits = dc.Limits(value=32 << 20)
        def pieces():
            yield b'[{"00420011":{"vr":"OB","InlineBinary":"'
            for _ in range(16 << 10):
                yield b"QUJD" * (16 << 10)
            yield b'"}}]'
        refused(lambda: list(dc.json.iter_decode(pieces(), limits=limits)), limit="value")
    """,
    "base64_that_is_larger_than_a_value_may_be": """
        text = b'{"00420011":{"vr":"OB","InlineBinary":"' + b"QUJD" * (1 << 20) + b'"}}'
        refused(lambda: J(text, limits=dc.Limits(value=(3 << 20) - 8)), limit="value")
        assert len(dc.json.decode(text, limits=dc.Limits(value=3 << 20))["EncapsulatedDocument"]) == 3 << 20
    """,
    "duplicate_keys": """
        refused(lambda: J('{"00100020":{"vr":"LO","Value":["SECRET"]},"00100020":{"vr":"LO"}}'), rule="json-duplicate")
        refused(lambda: J('{"00100020":{"vr":"LO","Value":["SECRET"],"Value":["x"]}}'), rule="json-duplicate")
        refused(lambda: J('{"0010002a":{"vr":"LO"},"0010002A":{"vr":"LO"}}'), rule="json-duplicate")
        refused(lambda: J('{"00100010":{"vr":"PN","Value":[{"Alphabetic":"SECRET","Alphabetic":"b"}]}}'), rule="json-duplicate")
    """,
    "both_uri_and_inline_binary": """
        refused(lambda: J('{"00420011":{"vr":"OB","InlineBinary":"AA==","BulkDataURI":"SECRET"}}'), rule="json-ambiguous")
        refused(lambda: J('{"00420011":{"vr":"OB","Value":[],"BulkDataURI":"SECRET"}}'), rule="json-ambiguous")
    """,
    "depth": """
        for depth in (101, 1_000, 10_000, 1_000_000):
            text = '{"0040A730":{"vr":"SQ","Value":[' * depth + "{}" + "]}}" * depth
            refused(lambda: J(text), limit="depth")
            refused(lambda: list(dc.json.iter_decode([text.encode()])), limit="depth")
        for opening in ("[", '{"a":', '[{"a":['):
            refused(lambda: J(opening * 100_000), limit="depth") if opening != "[" else None
        text = '{"0040A730":{"vr":"SQ","Value":[' * 100 + "{}" + "]}}" * 100
        assert dc.json.encode(dc.json.decode(text)).decode() == text
        model = {}
        for _ in range(10_000):
            model = {"0040A730": {"vr": "SQ", "Value": [model]}}
        refused(lambda: dc.json.from_dict(model), limit="depth")
        deep = dc.Dataset()
        for _ in range(10_000):
            outer = dc.Dataset()
            outer.set(0x0040A730, "SQ", [deep])
            deep = outer
        refused(lambda: dc.json.encode(deep), limit="depth")
        import os
        os._exit(0) if print(flush=True) is None else None  # ten thousand levels of objects are not taken down one by one
    """,
    "huge_numbers": """
        digits = "9" * 1_000_000
        for vr, tag in (("US", "00280010"), ("UV", "00080101"), ("DS", "00180050"), ("IS", "00200013"), ("FD", "00189087")):
            refused(lambda: J('{"%s":{"vr":"%s","Value":[%s]}}' % (tag, vr, digits)), rule="json-number")
        for text in ("9" * 400, "1" + "0" * 4000):
            refused(lambda: J('{"00280010":{"vr":"US","Value":[%s]}}' % text), rule="json-value")
            refused(lambda: J('{"00189087":{"vr":"FD","Value":[%s]}}' % text), rule="json-value")
        refused(lambda: J('{"00280010":{"vr":"US","Value":[1e400]}}'), rule="json-value")
        refused(lambda: J('{"00280010":{"vr":"US","Value":["%s"]}}' % digits), rule="json-value")
        refused(lambda: J('{"00280010":{"vr":"US","Value":[1e999999999]}}'), rule="json-value")
    """,
    "nan": """
        for text in ("NaN", "Infinity", "-Infinity"):
            refused(lambda: J('{"00189087":{"vr":"FD","Value":[%s]}}' % text), rule="json-number")
    """,
    "a_million_elements": """
        text = "{" + ",".join('"%08X":{"vr":"LO"}' % tag for tag in range(0x00110010, 0x00110010 + 200_000) if tag & 0xFFFF) + "}"
        refused(lambda: J(text, limits=dc.Limits(elements=100_000)), limit="elements")
        items = '{"0040A730":{"vr":"SQ","Value":[' + "{}," * 200_000 + "{}]}}"
        refused(lambda: J(items, limits=dc.Limits(elements=100_000)), limit="elements")
    """,
    "a_text_without_end": """
        def pieces(start, piece):
            yield start
            while True:
                yield piece
        limits = dc.Limits(value=8 << 20)
        refused(lambda: list(dc.json.iter_decode(pieces(b'[{"', b"a" * 65536), limits=limits)), limit="value")
        refused(lambda: list(dc.json.iter_decode(pieces(b"[{", b" " * 65536), limits=limits)), limit="value")
        refused(lambda: list(dc.json.iter_decode(pieces(b"[{", b'"x":1,' * 9999), limits=limits)), limit="value")
        refused(lambda: list(dc.json.iter_decode(pieces(b"[{", b"\\\\" * 65536), limits=limits)), limit="value")
    """,
}


@pytest.mark.parametrize("case", sorted(F25))
def test_F25(case: str) -> None:
    run(F25[case])
