"""Losses: one file for each."""

__all__: list[str] = []
