"""Normalizations beyond batch, layer and group normalization, which are in the room above: one file each."""

__all__: list[str] = []
