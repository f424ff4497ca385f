"""The command `info`."""

__all__ = ["info"]


def info() -> None:
    """Print versions, the table of layers in use and why, the instruction set, threads and data folders."""
    from pellucid.information import information

    for name, value in information().items():
        print(f"{name:<16} {value}")
