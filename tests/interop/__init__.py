"""Tests of the room interop."""
