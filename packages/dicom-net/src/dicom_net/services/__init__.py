"""What is done over associations, each service once, without I/O: users and providers."""

__all__: list[str] = []
