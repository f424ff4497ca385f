"""Bridges of further layers of images; found like those beside this folder."""

__all__: list[str] = []
