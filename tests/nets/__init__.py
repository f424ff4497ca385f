"""Tests of `pellucid.nets`, one file for each of its modules; `random_networks.py` draws the networks the properties run on."""
