"""Studies of patients who never were: for demonstrations, tests and measurements.

>>> from dicom_archive.synthetic import small_instances
>>> [str(file.dataset.PatientName) for file in small_instances(2)]
['Test^0000000', 'Test^0000000']
"""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from ._fill import Filled, fill
    from ._make import studies
    from ._small import small_instances

__all__ = ["Filled", "fill", "small_instances", "studies"]

__getattr__, __dir__ = door(
    globals(), {"._fill": "Filled fill", "._make": "studies", "._small": "small_instances"}
)
