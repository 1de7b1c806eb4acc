"""Working time, calendars and limits."""
