"""并单: one cause, many tickets."""
