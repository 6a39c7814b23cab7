"""Statistics of a class: items, checks, misconceptions, with confidence intervals."""
