"""Dropout of more than single entries, which are in `../dropout.py`: one file each."""

__all__: list[str] = []
