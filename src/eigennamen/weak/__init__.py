"""Weak supervision: labeling functions, the label matrix and the label models that combine them."""
