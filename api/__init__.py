"""The HTTP API: intake, handling, supervision, tracking; each also as plain functions without HTTP."""
