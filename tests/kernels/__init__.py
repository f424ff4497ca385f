"""Tests of the compiled kernels: their accuracy, their repeatability, and that no input makes them crash.

`kernel_calls.py` makes calls of the compiled module and knows the correct results. What every table of layers promises is
`tests/test_contract.py`. `sanitize.sh` runs these under the sanitizers.
"""
