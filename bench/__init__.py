"""Benchmarks against public peers: each side in a process of its own, that sleeps while another runs, in turns."""
