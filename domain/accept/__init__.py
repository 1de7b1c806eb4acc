"""受理: taking a request on, classifying it, ending it without dispatch. Source: Ordinance art. 10."""
