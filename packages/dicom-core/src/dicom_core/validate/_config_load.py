"""Validation settings as a file has them."""

from attrs import field, frozen

__all__ = ["Plain"]


@frozen
class Plain:
    """The fields of `ValidationConfig` in the types of TOML and JSON."""

    level: str = "standard"
    check_transfer_syntax: bool = True
    check_pixels: bool = True
    warnings_as_errors: bool = False
    allowed_sop_classes: list[str] | None = None
    additional_required_tags: list[str] = field(factory=list)
    disabled: list[str] = field(factory=list)
