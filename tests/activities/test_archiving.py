"""Histories of what is over are kept, once, every run of them, and replay when the engine has forgotten."""
