"""Corpora: one module for each source or format; every loader returns a ``Corpus``."""
