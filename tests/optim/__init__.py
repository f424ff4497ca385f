"""Tests of `pellucid.optim`, one file for each of its modules."""
