"""Normalizations of `layers/normalizations/` by native kernels."""

__all__: list[str] = []
