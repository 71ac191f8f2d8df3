"""The floor that meets the world: async, network, secrets, clocks."""
