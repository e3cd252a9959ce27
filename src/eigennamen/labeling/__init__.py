"""Looking at labeling functions, as ``label.py`` does: tables, a page to read, text of any size."""
