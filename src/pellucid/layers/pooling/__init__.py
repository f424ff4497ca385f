"""Pooling of sequences, and of images to a given size. Pooling of images by windows stands beside this folder."""

__all__: list[str] = []
