"""Who we are, for A-ASSOCIATE (PS3.7 D.3.3.2) and for the files we write (PS3.10 7.1)."""

from typing import Final

__all__ = ["IMPLEMENTATION_CLASS", "IMPLEMENTATION_VERSION"]

# One implementation with dicom-core, and so the UID that its files have; a UUID's (PS3.5 B.2)
IMPLEMENTATION_CLASS: Final = "2.25.190474330212438170716935216390087012983"
IMPLEMENTATION_VERSION: Final = "DICOM_PY_0_1"
