"""Convolutions beyond the plain one, by native kernels; see `layers/convolutions/` for the mathematics."""

__all__: list[str] = []
