"""Activations, which act on each entry by itself: one file for each."""

__all__: list[str] = []
