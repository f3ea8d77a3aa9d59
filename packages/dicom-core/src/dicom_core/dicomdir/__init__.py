"""DICOMDIR: the directory of a file-set on a medium, read and written (PS3.10 8, PS3.3 Annex F).

>>> import dicom_core as dc
>>> file_set = dc.dicomdir.read("/media/cd/DICOMDIR")  # doctest: +SKIP
>>> for series in file_set.series:  # doctest: +SKIP
...     print(series.dataset.Modality, [instance.path for instance in series.children])

`read` gives the tree; `make` begins a new one; `FileSet.add`, ``remove``, ``refresh`` and ``write``
change it. Referenced files are only looked for below the root, whatever a File ID says.
"""

from ._errors import DirectoryError, UnsafeReference
from ._file_set import Changes, FileSet
from ._make import make
from ._read import read
from ._record import Record

__all__ = ["Changes", "DirectoryError", "FileSet", "Record", "UnsafeReference", "make", "read"]
