"""Logs, traces and the metrics of the worker."""
