"""Ailments of modes and statistics (DR5..)."""

__all__: list[str] = []
