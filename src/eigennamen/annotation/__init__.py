"""The way to people who annotate and back: tasks in their tool's format, their answers as sentences of the corpus."""
