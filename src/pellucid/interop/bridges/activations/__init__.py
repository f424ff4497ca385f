"""Bridges of the elementwise layers, one file each; found like those beside this folder."""

__all__: list[str] = []
