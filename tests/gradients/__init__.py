"""Tests of `pellucid.gradients`: the checker is shown correct gradients, wrong ones and kinks."""
