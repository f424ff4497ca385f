"""Images of another size, by native kernels; see `layers/resizing/` for the mathematics."""

__all__: list[str] = []
