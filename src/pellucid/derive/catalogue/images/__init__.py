"""Further layers of images and channels: one file each."""

__all__: list[str] = []
