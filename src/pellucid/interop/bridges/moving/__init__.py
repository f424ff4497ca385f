"""Bridges of slices, transposes and zeros around a sample."""

__all__: list[str] = []
