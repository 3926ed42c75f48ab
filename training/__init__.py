"""The making of the weights and coefficients that ship with the project: `python -m training`."""
