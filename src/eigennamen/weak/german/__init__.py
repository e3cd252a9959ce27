"""Labeling functions for German text with the labels PER, LOC, ORG and MISC; ``conf/labeling_functions`` lists them."""
