"""Bridges of pooling of sequences and of adaptive max pooling."""

__all__: list[str] = []
