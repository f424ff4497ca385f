"""Tests of the doctor for Keras."""
