"""`pellucid`, and `python -m pellucid`: the command line, which says so even where it is interrupted while it starts."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    try:
        from pellucid.cli import main as run

        run()
    except KeyboardInterrupt:
        print("pellucid: interrupted; nothing is saved", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
