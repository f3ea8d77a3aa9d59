"""What the tests of de-identification share: objects with planted identifiers, and how these are looked for."""

import base64

import dicom_core as dc
from dicom_core import deid

CT = "1.2.840.10008.5.1.4.1.1.2"
US = "1.2.840.10008.5.1.4.1.1.6.1"
SC = "1.2.840.10008.5.1.4.1.1.7"
SM = "1.2.840.10008.5.1.4.1.1.77.1.6"
SR = "1.2.840.10008.5.1.4.1.1.88.33"
PDF = "1.2.840.10008.5.1.4.1.1.104.1"
KEY = bytes(range(32))
MAPPING = deid.KeyedMapping(KEY)
BASIC = deid.Profile.basic()
SECRET = "Zyxwvut"  # a family name that stands nowhere else
NUMBER = "MRN-778899"
PIXELS = {"PixelData": b"\0\0", "Rows": 1, "Columns": 1, "BitsAllocated": 8}


def ct(**values: object) -> dc.Dataset:
    return dc.Dataset({"SOPClassUID": CT, "SOPInstanceUID": "1.2.3.4", **values})


def nested(ds: dc.Dataset, depth: int) -> dc.Dataset:
    """The data set inside items of a sequence that nobody removes."""
    for _ in range(depth):
        outer = dc.Dataset()
        outer.PerformedProtocolCodeSequence = [ds]
        ds = outer
    return ds


def leaks(data: bytes, *secrets: str) -> list[str]:
    """Which secrets are in the bytes in any encoding that somebody might find them in."""
    found = []
    lowered = data.lower()
    for secret in secrets:
        text = secret.lower()
        forms = [text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be")]
        forms += [base64.b64encode(secret.encode())[:-4].lower(), text.encode().hex().encode()]
        if any(form in lowered for form in forms):
            found.append(secret)
    return found


def planted() -> dc.Dataset:
    ds = dc.Dataset()
    ds.PatientName = f"{SECRET}^Ann^^Dr"
    ds.PatientID = NUMBER
    ds.PatientComments = f"{SECRET} lives in Qwertzstadt"
    ds.StudyDescription = f"CT chest, {SECRET}, {NUMBER}"
    ds.set(0x00290010, "LO", "ACME 1.0")
    ds.set(0x00291001, "LO", SECRET)
    ds.set(0x00291002, "OB", SECRET.encode("utf-16-le"))
    ds.set(0x00291003, "UT", base64.b64encode(SECRET.encode()).decode())
    private = dc.Dataset({"PatientName": SECRET})
    private.set(0x00290010, "LO", "ACME 1.0")
    ds.set(0x00291004, "SQ", [private])
    return ds


def blacken(ds: dc.Dataset) -> None:
    ds.PixelData = b"\1\1"
