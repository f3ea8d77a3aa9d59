"""Which sub-commands there are and where they live. A table, so that ``dicom --help`` imports none of them."""

from typing import Final, NamedTuple

__all__ = ["BUILT_IN", "Place"]


class Place(NamedTuple):
    """Where a sub-command is: ``module:attribute``, and the distribution that brings it."""

    target: str
    distribution: str
    summary: str

    @property
    def package(self) -> str:
        """The import package that must be there."""
        return self.target.partition(".")[0]


def _own(name: str, summary: str) -> Place:
    return Place(f"dicom_core.cli.{name}:command", "dicom-core", summary)


BUILT_IN: Final[dict[str, Place]] = {
    "dump": _own("_dump_command", "Show files as text."),
    "json": _own("_json", "Print a file as DICOM JSON."),
    "info": _own("_info", "Say what files are and what is wrong with them, a line each."),
    "convert": _own("_convert", "Write a file in another transfer syntax."),
    "edit": _own("_edit", "Set and delete elements."),
    "validate": _own("_validate", "Check files against their IOD."),
    "deid": _own("_deid", "De-identify files (PS3.15 Annex E)."),
    "scan": _own("_scan", "Make a table of a few elements of many files."),
    "dicomdir": _own("_dicomdir", "Read, make and change a DICOMDIR."),
    "render": Place("dicom_imaging.cli:render", "dicom-imaging", "Draw images as PNG or JPEG."),
    "frames": Place("dicom_imaging.cli:frames", "dicom-imaging", "Extract frames."),
    "contact": Place("dicom_imaging.cli:contact", "dicom-imaging", "Draw a contact sheet."),
    "sr": Place("dicom_sr.cli:sr", "dicom-sr", "Show and check structured reports."),
    "echo": Place("dicom_net.cli:echo", "dicom-net", "Ask a peer whether it answers (C-ECHO)."),
    "find": Place("dicom_net.cli:find", "dicom-net", "Query a peer (C-FIND)."),
    "get": Place("dicom_net.cli:get", "dicom-net", "Retrieve from a peer (C-GET)."),
    "move": Place("dicom_net.cli:move", "dicom-net", "Have a peer send somewhere (C-MOVE)."),
    "store": Place("dicom_net.cli:store", "dicom-net", "Send files to a peer (C-STORE)."),
    "listen": Place("dicom_net.cli:listen", "dicom-net", "Receive files into a folder."),
    "doctor": Place("dicom_net.cli:doctor", "dicom-net", "Find out why an association fails."),
    "fuzz": Place("dicom_net.cli:fuzz", "dicom-net", "Test how a peer takes broken messages."),
    "web": Place("dicom_web.cli:web", "dicom-web", "Query, retrieve and store over DICOMweb."),
    "serve": Place("dicom_archive.cli:serve", "dicom-archive", "Start an archive."),
    "archive": Place("dicom_archive.cli:archive", "dicom-archive", "Manage an archive."),
}
