"""Damaged files of every kind that Pellucid reads."""
