"""The process, in order: one file for each workflow, one for each thing a ticket does beside it."""
