"""The rules of the hotline as pure values and functions: no clock, no input, no output, no chance."""
