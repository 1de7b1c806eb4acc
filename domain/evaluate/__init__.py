"""评价: the callback, its result, and reopening. Source: Ordinance art. 15."""
