"""How workflows go through all open tickets: in pages, and once more for those they could not reach."""

from datetime import timedelta

PAGES_A_RUN = 200
"""After so many pages the history begins anew; one page is a few hundred tickets."""
PAGE = 200
"""How many of those that could not be told are tried again in one batch."""
PAUSES = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10))
"""Before each further try of those that could not be told."""
