"""Benchmarks: run by people who want figures, never by the tests of the product."""
