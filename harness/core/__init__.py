"""Pure values that every part of Viva shares: units, plan, events, timeline, verdicts, scripts.

No clock, no socket, no file.
"""
