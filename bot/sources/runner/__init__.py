"""The one runner of all sources: it polls, streams, paces, backs off and stores."""
