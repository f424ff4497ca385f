"""What the editions until 2020 import from `past.builtins` for Python 2."""

xrange = range
