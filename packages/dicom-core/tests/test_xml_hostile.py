"""F26: XML that means harm, in a process with bounds on memory and time that may open no file and no connection."""

import subprocess
import sys
import textwrap

import pytest

MEMORY = 512 << 20  # address space; the interpreter itself takes about 60 MiB

_PRELUDE = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
import dicom_core as dc
import dicom_core.xml, dicom_core.json, dicom_core._diff, encodings.idna
X = dc.xml.decode
X(dc.xml.encode(dc.Dataset({{"PatientName": "a"}})))

def watch(event, arguments):
    if event == "open" and "SECRET" in str(arguments) or event.startswith("socket.") or event.startswith("urllib"):
        raise SystemExit("it reached out: " + event)

sys.addaudithook(watch)

def refused(act, limit="", rule=""):
    try:
        act()
    except dc.LimitExceeded as error:
        assert error.limit == limit, error
        assert "SECRET" not in str(error)
    except dc.ParseError as error:
        assert error.rule == rule, error
        assert "SECRET" not in str(error)
    else:
        raise AssertionError("it was taken")
    print("refused")

def document(body, before=""):
    return before + '<NativeDicomModel xml:space="preserve">' + body + "</NativeDicomModel>"

def text(value):
    return '<DicomAttribute tag="00204000" vr="LT"><Value number="1">' + value + "</Value></DicomAttribute>"
"""


def run(body: str) -> None:
    code = _PRELUDE + textwrap.dedent(body)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "refused" in done.stdout


F26 = {
    "document_type": """
        refused(lambda: X(document("", "<!DOCTYPE NativeDicomModel>")), rule="xml-doctype")
        refused(lambda: X(document("", '<!DOCTYPE x SYSTEM "file:///etc/SECRET">')), rule="xml-doctype")
        refused(lambda: X(document("", '<!DOCTYPE x PUBLIC "a" "http://127.0.0.1:1/SECRET.dtd">')), rule="xml-doctype")
    """,
    "external_entity_to_a_file": """
        before = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/SECRET">]>'
        refused(lambda: X(document(text("&e;"), before)), rule="xml-doctype")
        before = '<!DOCTYPE x [<!ENTITY % e SYSTEM "file:///etc/SECRET"> %e;]>'
        refused(lambda: X(document(text("x"), before)), rule="xml-doctype")
    """,
    "external_entity_to_the_network": """
        before = '<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:1/SECRET">]>'
        refused(lambda: X(document(text("&e;"), before)), rule="xml-doctype")
    """,
    "billion_laughs": """
        lines = ['<!ENTITY l0 "SECRET">'] + ['<!ENTITY l%d "%s">' % (n, ("&l%d;" % (n - 1)) * 10) for n in range(1, 10)]
        before = "<!DOCTYPE x [" + "".join(lines) + "]>"
        refused(lambda: X(document(text("&l9;"), before)), rule="xml-doctype")
    """,
    "quadratic_entity": """
        before = '<!DOCTYPE x [<!ENTITY a "' + "SECRET" * 10_000 + '">]>'
        refused(lambda: X(document(text("&a;" * 10_000), before)), rule="xml-doctype")
    """,
    "a_hundred_thousand_attributes": """
        many = " ".join('a%d="SECRET"' % n for n in range(100_000))
        refused(lambda: X(document("<DicomAttribute %s/>" % many)), limit="token")
        many = " ".join('a%d="SECRET"' % n for n in range(1_000))
        refused(lambda: X(document("<DicomAttribute %s/>" % many)), limit="attributes")
    """,
    "a_tag_without_end": """
        def feed(start, piece):
            decoder = dc.xml.Decoder()
            decoder.feed(start)
            while True:
                decoder.feed(piece)
        refused(lambda: feed(b'<NativeDicomModel a="', b"x" * 65536), limit="token")
        refused(lambda: feed(b"<NativeDicomModel><!--", b"x" * 65536), limit="token")
        refused(lambda: feed(b"<NativeDicomModel " + b"x" * 10, b" " * 65536), limit="token")
    """,
    "depth": """
        for depth in (101, 10_000, 100_000):
            opened = '<DicomAttribute tag="0040A730" vr="SQ"><Item number="1">' * depth
            closed = "</Item></DicomAttribute>" * depth
            refused(lambda: X(document(opened + closed)), limit="depth")
        opened, closed = '<DicomAttribute tag="0040A730" vr="SQ"><Item number="1">' * 100, "</Item></DicomAttribute>" * 100
        ds = dc.xml.decode(document(opened + closed))
        assert dc.xml.encode(dc.xml.decode(dc.xml.encode(ds))) == dc.xml.encode(ds)
        refused(lambda: X("<a>" * 100_000), rule="xml-structure")
    """,
    "numbers": """
        body = '<DicomAttribute tag="00080008" vr="CS"><Value number="%s">x</Value></DicomAttribute>'
        refused(lambda: X(document(body % "99999999999")), limit="elements")
        refused(lambda: X(document(body % ("9" * 100))), rule="xml-number")
        refused(lambda: X(document(body % "\\u0663")), rule="xml-number")
        refused(lambda: X(document(body % "-1")), rule="xml-number")
        items = '<DicomAttribute tag="0040A730" vr="SQ"><Item number="999999"/></DicomAttribute>'
        refused(lambda: X(document(items), limits=dc.Limits(elements=100_000)), limit="elements")
    """,
    "size": """
        limits = dc.Limits(value=1 << 20)
        refused(lambda: X(document(text("SECRET" * (1 << 20))), limits=limits), limit="value")
        body = '<DicomAttribute tag="00420011" vr="OB"><InlineBinary>' + "QUJD" * (1 << 20) + "</InlineBinary></DicomAttribute>"
        refused(lambda: X(document(body), limits=limits), limit="value")
    """,
}


@pytest.mark.parametrize("case", sorted(F26))
def test_F26(case: str) -> None:
    run(F26[case])
