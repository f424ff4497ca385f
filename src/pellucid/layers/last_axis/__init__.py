"""What is computed for each row of the last axis of a sample by itself: tokens, or pixels whose channels come last."""

__all__: list[str] = []
