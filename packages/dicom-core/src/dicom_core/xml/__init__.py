"""The Native DICOM Model in XML, both ways (PS3.19 A.1).

>>> import dicom_core as dc
>>> ds = dc.Dataset({"PatientID": "4711"})
>>> print(dc.xml.encode(ds).decode())
<?xml version="1.0" encoding="UTF-8"?>
<NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM" xml:space="preserve">
<DicomAttribute tag="00100020" vr="LO" keyword="PatientID">
<Value number="1">4711</Value>
</DicomAttribute>
</NativeDicomModel>
<BLANKLINE>
>>> dc.xml.decode(dc.xml.encode(ds)) == ds
True

Reading refuses document types and entities, follows no reference, and holds to `Limits`.
"""

from ._decoder import Decoder, decode
from ._encoder import NAMESPACE, encode, iter_encode

__all__ = ["NAMESPACE", "Decoder", "decode", "encode", "iter_encode"]
