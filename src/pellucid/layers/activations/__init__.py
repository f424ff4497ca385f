"""Activations: one number in, one number out. One file each, and `elementwise.py` with what they share."""

__all__: list[str] = []
