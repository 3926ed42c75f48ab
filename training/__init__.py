"""How the weights and coefficients that ship with the project were made: `python -m training`."""
