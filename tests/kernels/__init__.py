"""Tests of the compiled kernels: how exact they are, that they repeat themselves, and that no input makes them crash.

`kernel_calls.py` makes calls of the compiled module and knows the right answers. What every table of layers promises is
`tests/test_contract.py`. `sanitize.sh` runs these under the sanitizers.
"""
