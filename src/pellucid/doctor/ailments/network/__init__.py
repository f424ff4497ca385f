"""Ailments of the network (DR4..)."""

__all__: list[str] = []
