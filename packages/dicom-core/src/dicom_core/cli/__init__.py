"""The command ``dicom``. Only this package imports click and rich, and rich only to draw on a terminal."""

__all__: list[str] = []
