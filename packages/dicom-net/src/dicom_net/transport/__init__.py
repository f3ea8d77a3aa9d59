"""Associations under asyncio and trio: the only place that imports anyio."""

__all__: list[str] = []
