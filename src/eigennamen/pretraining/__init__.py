"""Pretraining: from unlabelled text to models that runs start from (``pretrain.py``)."""
