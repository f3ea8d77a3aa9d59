"""Value representations (PS3.5 6.2)."""

from enum import StrEnum, unique

__all__ = ["VR"]


@unique
class VR(StrEnum):
    """A value representation; a ``str``, so ``VR.PN == "PN"``.

    What the standard says of each is a property; the facts are those of PS3.5 tables 6.2-1, 7.1-1 and 7.1-2.
    """

    AE = "AE"
    AS = "AS"
    AT = "AT"
    CS = "CS"
    DA = "DA"
    DS = "DS"
    DT = "DT"
    FD = "FD"
    FL = "FL"
    IS = "IS"
    LO = "LO"
    LT = "LT"
    OB = "OB"
    OD = "OD"
    OF = "OF"
    OL = "OL"
    OV = "OV"
    OW = "OW"
    PN = "PN"
    SH = "SH"
    SL = "SL"
    SQ = "SQ"
    SS = "SS"
    ST = "ST"
    SV = "SV"
    TM = "TM"
    UC = "UC"
    UI = "UI"
    UL = "UL"
    UN = "UN"
    UR = "UR"
    US = "US"
    UT = "UT"
    UV = "UV"
