"""Configuration groups. A package, so that pretrain.py can share corpora and loggers with train.py (pkg://conf)."""
