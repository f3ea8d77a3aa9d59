"""dicom-dict beside pydicom's dictionary."""

import tempfile
from pathlib import Path

from tools.environments import ROOT, build_wheel

from ._measure import Row, fresh

TITLE = "dicom-dict: the cost of importing and asking"

# A hundred keywords spread over the dictionary, the same for both sides.
_KEYWORDS = "from pydicom._dicom_dict import DicomDictionary as d; print(*sorted(v[4] for v in d.values() if v[4])[::52][:100])"
_MEMORY = """
import gc, tracemalloc
import typing, enum, re, struct
{warm}
tracemalloc.start()
{code}
gc.collect()
print(tracemalloc.get_traced_memory()[0] / 2**20)
"""
_REPEAT = "import timeit, {module}; f = {call}; f(); print(timeit.timeit(f, number=200_000) / 200_000 * 1e9)"

TABLES = {
    "every code of every context group": "[group.codes() for group in dd.context_groups()]",
    "context groups: context_group(29)": "dd.context_group(29)",
    "DCM codes: dcm_code('121058')": "dd.dcm_code('121058')",
    "templates: template(1500)": "dd.template(1500)",
    "IODs: iod('CT Image')": "dd.iod('CT Image')",
    "UIDs: uid('1.2.840.10008.1.2')": "dd.uid('1.2.840.10008.1.2')",
    "de-identification: deidentification_row(0x00100010)": "dd.deidentification_row(0x00100010)",
    "statuses: status(0xA700)": "dd.status(0xA700)",
}


def rows() -> list[Row]:
    """The rows of the report."""
    import subprocess
    import sys

    words = subprocess.run(
        [sys.executable, "-c", _KEYWORDS], check=True, capture_output=True, text=True
    ).stdout.split()
    ours_100 = f"import dicom_dict as dd\nfor k in {words!r}: dd.element(k)"
    theirs_100 = (
        f"import pydicom.datadict as d\nfor k in {words!r}: d.dictionary_VR(d.tag_for_keyword(k))"
    )
    report = [
        Row(
            "import",
            "ms",
            fresh({"ours": "import dicom_dict", "pydicom": "import pydicom.datadict"}),
            "at most 5 ms",
        ),
        Row(
            "import and first look-up",
            "ms",
            fresh(
                {
                    "ours": "import dicom_dict as dd; dd.element('PatientName')",
                    "pydicom": "import pydicom.datadict as d; d.dictionary_VR(d.tag_for_keyword('PatientName'))",
                }
            ),
            "at most 15 ms",
        ),
        Row("import and 100 keywords", "ms", fresh({"ours": ours_100, "pydicom": theirs_100})),
        Row(
            "look-up after that",
            "ns",
            fresh(
                {
                    "ours": _REPEAT.format(
                        module="dicom_dict", call="lambda: dicom_dict.element('PatientName')"
                    ),
                    "pydicom": _REPEAT.format(
                        module="pydicom.datadict",
                        call="lambda: pydicom.datadict.get_entry(0x00100010)",
                    ),
                },
                runs=5,
            ),
            "under 500 ns",
        ),
        Row(
            "memory after touching the element table",
            "MiB",
            fresh(
                {
                    "ours": _MEMORY.format(
                        warm="", code="import dicom_dict as dd; dd.element('PatientName')"
                    ),
                    "pydicom": _MEMORY.format(
                        warm="",
                        code="import pydicom.datadict as d; d.tag_for_keyword('PatientName')",
                    ),
                },
                runs=3,
            ),
            "at most 4 MiB",
        ),
    ]
    for what, call in TABLES.items():
        figure = fresh({"ours": call}, setup="import dicom_dict as dd; dd.element('Rows')", runs=7)
        report.append(Row(f"first use of {what}", "ms", figure, "at most 100 ms"))
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_wheel(ROOT / "packages/dicom-dict", Path(folder), sys.executable)
        report.append(Row("wheel", "MiB", {"ours": wheel.stat().st_size / 2**20}, "at most 3 MiB"))
    return report
