"""Label sources: from a ``Corpus`` to the ``TrainingSet`` that a model learns from."""
