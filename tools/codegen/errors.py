"""What goes wrong with a source, and where: file, table, row."""

__all__ = ["CodegenError", "Difference"]

from typing import NamedTuple


class CodegenError(Exception):
    """A source cannot be used. Nothing has been written."""

    def __init__(self, message: str, *, file: str, table: str = "", row: str = "") -> None:
        self.file, self.table, self.row, self.message = file, table, row, message
        place = ", ".join(
            part for part in (file, table and f"table {table}", row and f"row {row}") if part
        )
        super().__init__(f"{place}: {message}")


class Difference(NamedTuple):
    """Two sources say different things about the same row; ``taken`` is what was used."""

    table: str
    row: str
    field: str
    taken: str
    taken_from: str
    other: str
    other_from: str
    why: str = ""

    def __str__(self) -> str:
        reason = f" ({self.why})" if self.why else ""
        return (
            f"{self.table} {self.row} {self.field}: {self.taken!r} in {self.taken_from}, "
            f"{self.other!r} in {self.other_from}{reason}"
        )
