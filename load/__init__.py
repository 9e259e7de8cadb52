"""The exam day as load on a service, and as a forecast: run in processes of its own, since Locust patches the one it is in."""
