"""The reference client of Viva: a laptop and a phone without a screen."""
