"""Chaos: a city at work while everything it stands on is killed, frozen, cut off and filled up; then proof."""
