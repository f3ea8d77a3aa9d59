"""DICOM JSON beside pydicom: the metadata of 500 instances of a CT series, from files that were already read.

The instances differ in every value that differs in a real series, and an encoder begins with nothing
remembered. Only what pydicom's wheel carries is needed.
"""

from ._measure import Row, fresh

TITLE = "dicom-core: DICOM JSON"

_COUNT = 500

# What a real series of one scan changes from slice to slice: names, times, numbers, geometry, dose.
_SERIES = """
import io, time
import pydicom
from pydicom.data import get_testdata_file

def instances(count):
    base = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    del base.PixelData, base[0xFFFCFFFC]
    written = []
    for n in range(count):
        uid = f"1.2.826.0.1.3680043.8.498.{10**30 + n * 7919}"
        base.SOPInstanceUID = base.file_meta.MediaStorageSOPInstanceUID = uid
        base.InstanceNumber = n + 1
        base.AcquisitionNumber = n // 4 + 1
        base.InstanceCreationTime = f"{100000 + n // 60 * 100 + n % 60:06d}"
        base.AcquisitionTime = base.ContentTime = f"{110000 + n // 60 * 100 + n % 60:06d}.{n:06d}"
        base.ImagePositionPatient = [-158.135803, -179.035797, round(-75.699997 - n * 1.25, 6)]
        base.SliceLocation = round(-77.2040634155 - n * 1.25, 6)
        base.TableHeight = round(133.699997 + n % 3 * 0.1, 6)
        base.XRayTubeCurrent = 170 + n % 97
        base.Exposure = 170 + n % 89
        base.add_new("SmallestImagePixelValue", "US", n % 13)
        base.add_new("LargestImagePixelValue", "US", 2000 + n % 311)
        base.WindowCenter = 40 + n % 5
        base.WindowWidth = 400 + n % 7
        for tag in (0x00271041, 0x00271044, 0x0027104A, 0x0027104D):  # its scanner's own positions
            base[tag].value = -75.699997 - n * 1.25
        base[0x0019102C].value = base[0x0019104B].value = 10431 + 984 * n
        base[0x00431011].value = base[0x00431015].value = 10431 + n % 977
        base[0x0043104E].value = 10.6006 + 0.1 * n
        stream = io.BytesIO()
        base.save_as(stream)
        written.append(stream.getvalue())
    return written
"""

_OURS_ENCODE = """
import dicom_core as dc
files = [dc.read(data) for data in instances({count})]
import dicom_core.json
start = time.process_time_ns()
size = len(dc.json.encode_array(files))
print((time.process_time_ns() - start) / 1e6)
"""
_THEIRS_ENCODE = """
import json
files = [pydicom.dcmread(io.BytesIO(data)) for data in instances({count})]
start = time.process_time_ns()
text = json.dumps([file.to_json_dict() for file in files])
print((time.process_time_ns() - start) / 1e6)
"""
_TEXT = """
import json
files = [pydicom.dcmread(io.BytesIO(data)) for data in instances({count})]
text = json.dumps([file.to_json_dict() for file in files]).encode()
"""
_OURS_DECODE = """
import dicom_core as dc, dicom_core.json
start = time.process_time_ns()
for dataset in dc.json.iter_decode(text): pass
print((time.process_time_ns() - start) / 1e6)
"""
_THEIRS_DECODE = """
start = time.process_time_ns()
for model in json.loads(text): pydicom.Dataset.from_json(model)
print((time.process_time_ns() - start) / 1e6)
"""
_ENHANCED = """
import time, pydicom
from pydicom.data import get_testdata_file
path = get_testdata_file("rtplan.dcm")
other = get_testdata_file("MR_small_implicit.dcm")  # both have used their dictionaries before
"""
_OURS_NESTED = """
import dicom_core as dc, dicom_core.json
dc.json.encode(dc.read(other))
file = dc.read(path)
start = time.process_time_ns()
dc.json.encode(file)
print((time.process_time_ns() - start) / 1e6)
"""
_THEIRS_NESTED = """
pydicom.dcmread(other).to_json()
file = pydicom.dcmread(path)
start = time.process_time_ns()
file.to_json()
print((time.process_time_ns() - start) / 1e6)
"""


def rows() -> list[Row]:
    """The rows of the report."""
    return [
        Row(
            f"metadata of {_COUNT} CT instances to JSON, cold memo",
            "ms",
            fresh(
                {
                    "ours": _SERIES + _OURS_ENCODE.format(count=_COUNT),
                    "pydicom": _SERIES + _THEIRS_ENCODE.format(count=_COUNT),
                },
                runs=5,
            ),
            "30 times less in plain Python",
        ),
        Row(
            "one instance, nothing learnt before",
            "ms",
            fresh(
                {
                    "ours": _SERIES + _OURS_ENCODE.format(count=1),
                    "pydicom": _SERIES + _THEIRS_ENCODE.format(count=1),
                },
                runs=7,
            ),
        ),
        Row(
            "a plan of nested sequences",
            "ms",
            fresh(
                {"ours": _ENHANCED + _OURS_NESTED, "pydicom": _ENHANCED + _THEIRS_NESTED}, runs=7
            ),
        ),
        Row(
            "100 instances from JSON to data sets",
            "ms",
            fresh(
                {
                    "ours": _SERIES + _TEXT.format(count=100) + _OURS_DECODE,
                    "pydicom": _SERIES + _TEXT.format(count=100) + _THEIRS_DECODE,
                },
                runs=3,
            ),
        ),
    ]
