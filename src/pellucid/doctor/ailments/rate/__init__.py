"""Ailments of the learning rate and the update (DR1..)."""

__all__: list[str] = []
