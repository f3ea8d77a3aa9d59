"""The commands of this package: `dicom_core.cli` finds them here, each in a module that loads when it is called."""

__all__: list[str] = []
