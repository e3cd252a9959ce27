"""Codecs: between sentences with spans and what a model reads and writes."""
