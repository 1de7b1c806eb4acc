"""What every address shares: reading a request, admitting it, errors, the API's own description."""
