"""Figures from records, counts and analyses, each as PDF and PNG."""
