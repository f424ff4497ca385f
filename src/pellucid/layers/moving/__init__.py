"""Parts of a sample, its axes in another order, zeros around it: what moves numbers and changes none."""

__all__: list[str] = []
