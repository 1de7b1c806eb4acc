"""`jiesu doctor`: looks at an installation from outside and says what is wrong and what to do."""
