"""The city as it might behave: made-up requests and people who act on them over the real API."""
