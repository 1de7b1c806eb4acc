"""Takes what is personal out of a text and leaves the matter readable: the masked copy of a request.

Better one number too many than one too few: any chain of eleven or more digits goes, whatever it was meant as.
Dates and ticket numbers stay. Masking a masked text changes nothing.
"""

import re
from functools import lru_cache

from domain.numbers import FORM_IN_TEXT
