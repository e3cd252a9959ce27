"""Sweeps: hyperparameters tuned on dev with Optuna, under any Hydra launcher."""
