"""派单: sending a ticket to the unit responsible, and disputes about it. Source: Ordinance art. 11–13."""
