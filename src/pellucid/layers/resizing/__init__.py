"""Layers that change an image's height and width without windows of a fixed size: one file each."""

__all__: list[str] = []
