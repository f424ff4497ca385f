"""Bridges of the normalizations beyond batch, layer and group norm; found like those beside this folder."""

__all__: list[str] = []
