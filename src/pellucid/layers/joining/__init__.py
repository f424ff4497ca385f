"""Layers that make one value of several; the oldest, `add.py` and `concat.py`, are in the room above."""

__all__: list[str] = []
