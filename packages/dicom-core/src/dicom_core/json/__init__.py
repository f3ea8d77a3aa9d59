"""The DICOM JSON Model, both ways (PS3.18 Annex F).

>>> import dicom_core as dc
>>> ds = dc.Dataset({"PatientName": "Yamada^Tarou=山田^太郎", "Rows": 512})
>>> text = dc.json.encode(ds).decode()
>>> print(text)
{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Yamada^Tarou","Ideographic":"山田^太郎"}]},"00280010":{"vr":"US","Value":[512]}}
>>> dc.json.decode(text).PatientName == ds.PatientName
True

`encode`, `encode_array` and `iter_encode` write one instance, many, or a stream of them;
`decode`, `decode_all` and `iter_decode` read them, `Decoder` from pieces of bytes as they arrive.
`to_dict` and `from_dict` are the same model as dicts and lists. Values that are too large to be
inline stand behind a BulkDataURI; see `BulkPolicy` and the ``bulk=`` of reading.
"""

from ._bulk import Bulk, BulkPolicy, Resolver, UnresolvedBulkData, bulk_data_uri
from ._decoder import (
    JsonAttribute,
    JsonDataset,
    decode,
    decode_all,
    from_dict,
    iter_decode,
    to_dict,
)
from ._encoder import Encoder, encode, encode_array, iter_encode
from ._stream import Decoder
from ._values import NonFinite

__all__ = [
    "Bulk",
    "BulkPolicy",
    "Decoder",
    "Encoder",
    "JsonAttribute",
    "JsonDataset",
    "NonFinite",
    "Resolver",
    "UnresolvedBulkData",
    "bulk_data_uri",
    "decode",
    "decode_all",
    "encode",
    "encode_array",
    "from_dict",
    "iter_decode",
    "iter_encode",
    "to_dict",
]
