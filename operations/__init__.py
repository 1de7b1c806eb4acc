"""What operations do to a running installation, without a screen; commands and activities call it."""
