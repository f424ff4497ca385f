"""Native activations: one file each, with the names of `layers/activations/`; `elementwise.py` holds what they share."""

__all__: list[str] = []
