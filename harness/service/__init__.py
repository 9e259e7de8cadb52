"""The strict exam service that clients are certified against: an application without sockets, and a thin HTTP shell."""
