"""Chaos: a city at work while all it stands on is killed, frozen, cut off and filled up; then the proof."""
