"""Speaking with Temporal from outside a workflow: connecting, starting, asking, replaying."""
