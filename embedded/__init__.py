"""The servers that come with the package, and the supervisor that runs them with our own processes."""
