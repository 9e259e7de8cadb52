"""One scenario: a script is played to a client, everything that can be seen is written down, and a Timeline comes back.

`virtual` plays it inside SimPy with no wall clock, `real` over HTTP with the client in a process of its own; both share the
performer, the devices' programme and the inspection of what the service holds.
"""
