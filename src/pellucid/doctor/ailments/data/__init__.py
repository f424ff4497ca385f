"""Ailments of the data (DR2..)."""

__all__: list[str] = []
