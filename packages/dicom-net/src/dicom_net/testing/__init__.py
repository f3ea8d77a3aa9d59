"""What tests of programs that use this package need."""

__all__: list[str] = []
