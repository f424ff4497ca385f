"""Tests of `pellucid.layers`, one file for each of its modules; what every layer of every table promises is `test_contract.py`."""
