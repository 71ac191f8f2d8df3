"""The floor where things happen: plain synchronous functions that know no network and no platform."""
