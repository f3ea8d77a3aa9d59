"""Associations over plain sockets."""

__all__: list[str] = []
