"""Convolutions beyond the plain one (`../conv.py`), one file each; `padding.py` has the places of a window on a padded image."""

__all__: list[str] = []
